"""Rows through their owner: what is not the trader's own is not there."""

from uuid import UUID

from django.shortcuts import get_object_or_404

from strategies.models import Bot, Group
from strategies.models.groups import GroupQuerySet
from web.http import AuthenticatedRequest


def my_bot(request: AuthenticatedRequest, public_id: UUID) -> Bot:
    return get_object_or_404(Bot.objects.owned_by(request.user).for_list(), public_id=public_id)


def my_groups(request: AuthenticatedRequest) -> GroupQuerySet:
    return Group.objects.owned_by(request.user).for_closing()


def my_group(request: AuthenticatedRequest, public_id: UUID) -> Group:
    return get_object_or_404(my_groups(request), public_id=public_id)
