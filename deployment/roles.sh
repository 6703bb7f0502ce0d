#!/bin/sh
# Makes the database's two roles: backfuture_owner owns the tables and runs migrations, backfuture_app works with them.
# PostgreSQL's image runs it once, when it makes the database; by hand it may be run again, also on a database from
# before, whose tables it hands over: docker compose exec database sh /docker-entrypoint-initdb.d/roles.sh
set -eu
SECRETS=${SECRETS:-/run/secrets}
OWNER_PASSWORD=$(cat "$SECRETS/database_owner_password")
APP_PASSWORD=$(cat "$SECRETS/database_app_password")
export OWNER_PASSWORD APP_PASSWORD
psql -v ON_ERROR_STOP=1 -q -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v database="$POSTGRES_DB" <<'SQL'
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
SELECT 'CREATE ROLE ' || name FROM unnest(ARRAY['backfuture_owner', 'backfuture_app']) AS name
  WHERE name NOT IN (SELECT rolname FROM pg_roles) \gexec
ALTER ROLE backfuture_owner LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD :'owner_password';
ALTER ROLE backfuture_app LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION NOCREATEDB PASSWORD :'app_password';
ALTER DATABASE :"database" OWNER TO backfuture_owner;
ALTER SCHEMA public OWNER TO backfuture_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE TEMPORARY ON DATABASE :"database" FROM PUBLIC;
SELECT format('ALTER TABLE public.%I OWNER TO backfuture_owner', tablename)
  FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user \gexec
SELECT format('ALTER FUNCTION %s OWNER TO backfuture_owner', p.oid::regprocedure)
  FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND pg_get_userbyid(p.proowner) = current_user \gexec
SQL
