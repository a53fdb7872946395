"""accounts and tokens, the closed loop of reviews, sign-offs, links by hand, samples, filed reports, the audit log"""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables; findings count the decisions of people, of which there are none yet."""
    op.create_table('account',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('name', sa.String(), nullable=False, comment='what is typed to sign in, lower case'),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('unit', sa.String(), nullable=True, comment='code; units below are included; NULL = every unit'),
    sa.Column('password_hash', sa.String(), nullable=True, comment='argon2id; NULL = signs in elsewhere (OIDC)'),
    sa.Column('oidc_subject', sa.String(), nullable=True, comment='issuer and subject of an outside sign-in'),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('must_change', sa.Boolean(), nullable=False, comment='the password was made by somebody else: good for one sign-in'),
    sa.Column('generation', sa.Integer(), nullable=False, comment='raised by sign-out everywhere, password and rights changes'),
    sa.Column('failures', sa.Integer(), nullable=False, comment='wrong passwords since the last right one'),
    sa.Column('locked_until', storage.types.Instant(), nullable=True),
    sa.Column('language', sa.String(), nullable=True, comment='zh | en; NULL = as the browser says'),
    sa.Column('created_at', storage.types.Instant(), nullable=False),
    sa.Column('signed_in_at', storage.types.Instant(), nullable=True),
    sa.CheckConstraint("role IN ('officer','supervisor','inspector','auditor','administrator')", name=op.f('ck_account_role')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('name', name=op.f('uq_account_name')),
    sa.UniqueConstraint('oidc_subject', name=op.f('uq_account_oidc_subject'))
    )
    op.create_table('api_token',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('name', sa.String(), nullable=False, comment='what the token is for'),
    sa.Column('digest', sa.String(), nullable=False, comment='SHA-256 of the secret, which has 256 bits of chance'),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('unit', sa.String(), nullable=True, comment='as of an account'),
    sa.Column('rights', sa.JSON(), nullable=False, comment='rights it has of those of its role; [] = all of them'),
    sa.Column('per_minute', sa.Integer(), nullable=False, comment='requests in a minute'),
    sa.Column('created_by', sa.String(), nullable=False),
    sa.Column('created_at', storage.types.Instant(), nullable=False),
    sa.Column('expires_at', storage.types.Instant(), nullable=False),
    sa.Column('revoked_at', storage.types.Instant(), nullable=True),
    sa.Column('used_at', storage.types.Instant(), nullable=True, comment='last use, to the hour'),
    sa.CheckConstraint("role IN ('officer','supervisor','inspector','auditor','administrator')", name=op.f('ck_api_token_role')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_token')),
    sa.UniqueConstraint('digest', name=op.f('uq_api_token_digest'))
    )
    op.create_table('attachment',
    sa.Column('digest', sa.String(), nullable=False, comment='SHA-256 of the content'),
    sa.Column('media_type', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False, comment='bytes'),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('at', storage.types.Instant(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False, comment='who first gave it'),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_attachment'))
    )
    op.create_table('audit_entry',
    sa.Column('sequence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('at', storage.types.Instant(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False, comment='account:…, token:…, visitor, scan:… or system'),
    sa.Column('origin', sa.String(), nullable=False, comment="address the request came from, '' within the program"),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('unit', sa.String(), nullable=True, comment='whose supervision sees it live'),
    sa.Column('detail', sa.String(), nullable=False, comment='JSON, as it was hashed'),
    sa.Column('digest', sa.String(), nullable=False, comment='SHA-256 over this row and the digest before it'),
    sa.PrimaryKeyConstraint('sequence', name=op.f('pk_audit_entry')),
    sa.UniqueConstraint('digest', name=op.f('uq_audit_entry_digest'))
    )
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.create_index('ix_audit_entry_action', ['action', 'sequence'], unique=False)
        batch_op.create_index('ix_audit_entry_actor', ['actor', 'sequence'], unique=False)
        batch_op.create_index('ix_audit_entry_subject', ['subject', 'action'], unique=False)

    op.create_table('audit_head',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('sequence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_audit_head_single')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head'))
    )
    op.execute(f"INSERT INTO audit_head (id, sequence, digest) VALUES (1, 0, '{'0' * 64}')")
    op.create_table('kept_answer',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('request', sa.String(), nullable=False, comment='digest of method, address and body: another request is refused'),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('body', sa.String(), nullable=False),
    sa.Column('at', storage.types.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kept_answer'))
    )
    with op.batch_alter_table('kept_answer', schema=None) as batch_op:
        batch_op.create_index('ix_kept_answer_at', ['at'], unique=False)
        batch_op.create_index('uq_kept_answer_key', ['actor', 'key'], unique=True)

    op.create_table('pushed_row',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(), nullable=False, comment='incidents | sessions'),
    sa.Column('key', sa.String(), nullable=False, comment='number of the activity'),
    sa.Column('raw', sa.JSON(), nullable=False, comment='as it was sent'),
    sa.Column('at', storage.types.Instant(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pushed_row'))
    )
    with op.batch_alter_table('pushed_row', schema=None) as batch_op:
        batch_op.create_index('ix_pushed_row_kind_key', ['kind', 'key', 'id'], unique=False)

    op.create_table('sample',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False, comment='incident | session | finding'),
    sa.Column('at', storage.types.Instant(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('unit', sa.String(), nullable=True, comment="the drawing inspector's choice of unit"),
    sa.Column('scope', sa.JSON(), nullable=True, comment='codes the population was taken from; NULL = all'),
    sa.Column('seed', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('population', sa.JSON(), nullable=False, comment='conditions, size and digest of the members'),
    sa.Column('strata', sa.JSON(), nullable=False, comment='[{stratum, population, drawn}]'),
    sa.Column('closed_at', storage.types.Instant(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sample'))
    )
    op.create_table('setting_change',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('section', sa.String(), nullable=False, comment='limits | exclude'),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('value', sa.JSON(), nullable=True, comment='null: as config.toml says again'),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('at', storage.types.Instant(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_setting_change'))
    )
    with op.batch_alter_table('setting_change', schema=None) as batch_op:
        batch_op.create_index('ix_setting_change_key', ['section', 'key', 'id'], unique=False)

    op.create_table('sign_off',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('unit', sa.String(), nullable=False, comment="'' = all units together"),
    sa.Column('period', sa.String(), nullable=False, comment='2026-11-22 or 2026-W47, in the configured zone'),
    sa.Column('at', storage.types.Instant(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('summary', sa.JSON(), nullable=False, comment='counts at that moment'),
    sa.CheckConstraint("kind IN ('day','week')", name=op.f('ck_sign_off_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_off'))
    )
    with op.batch_alter_table('sign_off', schema=None) as batch_op:
        batch_op.create_index('uq_sign_off_period', ['kind', 'unit', 'period'], unique=True)

    op.create_table('filed_report',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('period', sa.String(), nullable=False),
    sa.Column('unit', sa.String(), nullable=True),
    sa.Column('as_of', storage.types.Instant(), nullable=False),
    sa.Column('scan_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('rule_set', sa.String(), nullable=True),
    sa.Column('at', storage.types.Instant(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False, comment='SHA-256 of the canonical JSON of its tables'),
    sa.Column('tables', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['scan_id'], ['scan.id'], name=op.f('fk_filed_report_scan_id_scan')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_filed_report'))
    )
    op.create_table('review_entry',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('finding_key', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('at', storage.types.Instant(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('status_before', sa.String(), nullable=False),
    sa.Column('status_after', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=True, comment='code of the reason'),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('bulk', sa.String(), nullable=True, comment='what was decided together carries the same mark'),
    sa.Column('attachment', sa.String(), nullable=True),
    sa.Column('attachment_name', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['attachment'], ['attachment.digest'], name=op.f('fk_review_entry_attachment_attachment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review_entry'))
    )
    with op.batch_alter_table('review_entry', schema=None) as batch_op:
        batch_op.create_index('ix_review_entry_at', ['at'], unique=False)
        batch_op.create_index('uq_review_entry_number', ['finding_key', 'number'], unique=True)

    op.create_table('sample_item',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('sample_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False, comment='number of the activity, or key of the finding'),
    sa.Column('stratum', sa.String(), nullable=False),
    sa.Column('frozen', sa.JSON(), nullable=False, comment='result, flags, findings and their status when drawn'),
    sa.ForeignKeyConstraint(['sample_id'], ['sample.id'], name=op.f('fk_sample_item_sample_id_sample')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sample_item'))
    )
    with op.batch_alter_table('sample_item', schema=None) as batch_op:
        batch_op.create_index('uq_sample_item_position', ['sample_id', 'position'], unique=True)

    op.create_table('saved_filter',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('query', sa.String(), nullable=False, comment="the address's query, without cursor and language"),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_saved_filter_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_filter'))
    )
    with op.batch_alter_table('saved_filter', schema=None) as batch_op:
        batch_op.create_index('uq_saved_filter_name', ['account_id', 'name'], unique=True)

    op.create_table('scan_request',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('at', storage.types.Instant(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('stores', sa.JSON(), nullable=False, comment='names; [] = all'),
    sa.Column('confirmed', sa.JSON(), nullable=False, comment='stores whose doubtful absence is accepted'),
    sa.Column('taken_at', storage.types.Instant(), nullable=True),
    sa.Column('scan_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['scan_id'], ['scan.id'], name=op.f('fk_scan_request_scan_id_scan')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scan_request'))
    )
    with op.batch_alter_table('scan_request', schema=None) as batch_op:
        batch_op.create_index('ix_scan_request_taken_at', ['taken_at'], unique=False)

    op.create_table('hand_link',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(), nullable=False, comment='incident | session'),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('file_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('officer', sa.String(), nullable=True),
    sa.Column('made', sa.Boolean(), nullable=False, comment='false: these two do not belong together'),
    sa.Column('at', storage.types.Instant(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['file.id'], name=op.f('fk_hand_link_file_id_file')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hand_link'))
    )
    with op.batch_alter_table('hand_link', schema=None) as batch_op:
        batch_op.create_index('ix_hand_link_activity', ['kind', 'number', 'id'], unique=False)
        batch_op.create_index('ix_hand_link_file', ['file_id'], unique=False)

    op.create_table('sample_check',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('at', storage.types.Instant(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('verdict', sa.String(), nullable=False, comment='agreed 属实 | disagreed 不属实 | undecided 无法判断'),
    sa.Column('missed', sa.Boolean(), nullable=False, comment='the self-check had passed over something'),
    sa.Column('comment', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['sample_item.id'], name=op.f('fk_sample_check_item_id_sample_item')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sample_check'))
    )
    with op.batch_alter_table('sample_check', schema=None) as batch_op:
        batch_op.create_index('uq_sample_check_round', ['item_id', 'round'], unique=True)

    with op.batch_alter_table('finding', schema=None) as batch_op:
        batch_op.add_column(sa.Column('decision', sa.String(), nullable=True, comment='the last action of a person, NULL while there is none'))
        batch_op.add_column(sa.Column('reviews', sa.Integer(), server_default='0', nullable=False, comment='entries of people so far: what a decision names'))

