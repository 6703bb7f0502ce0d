import database.exact
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('strategies', '0041_look_back_maps'),
    ]

    operations = [
        migrations.AddField(
            model_name='group',
            name='adopted',
            field=database.exact.ExactField(null=True),
        ),
        migrations.AddField(
            model_name='group',
            name='adopted_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='group',
            name='adopted_price',
            field=database.exact.ExactField(null=True),
        ),
        migrations.AddField(
            model_name='group',
            name='is_unseen',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddConstraint(
            model_name='group',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('adopted', None), ('adopted_at', None), ('adopted_price', None)), models.Q(('adopted__isnull', False), ('adopted_at__isnull', False), ('adopted_price__isnull', False)), _connector='OR'), name='group_knows_all_of_what_it_adopted'),
        ),
    ]
