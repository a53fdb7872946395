"""what pictures and sound show: measurements, the queue of content checks, fingerprints, places of on-screen text"""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables alone. The next scan queues the clips that are known already."""
    op.create_table('overlay_region',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('model', sa.String(), nullable=False),
    sa.Column('regions', sa.JSON(), nullable=False, comment='[[left, top, right, bottom]], shares of the picture'),
    sa.Column('since', storage.types.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_overlay_region')),
    sa.UniqueConstraint('model', name=op.f('uq_overlay_region_model'))
    )
    op.create_table('content',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('file_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False, comment='0: inside required windows; 1: chosen share of the rest'),
    sa.Column('started_at', storage.types.Instant(), nullable=False, comment='of the clip, else of its file: newest come first'),
    sa.Column('wanted', sa.JSON(), nullable=False, comment='[[from_us, to_us]] of media time'),
    sa.Column('checked', sa.JSON(), nullable=False, comment='[[from_us, to_us]] looked at; what came of it is kept'),
    sa.Column('waiting_us', storage.types.Micros(), nullable=False, comment='wanted and not checked'),
    sa.Column('versions', sa.JSON(), nullable=False, comment='of the detectors that looked, by name'),
    sa.Column('asked', sa.String(), nullable=False, comment="digest of the detectors' versions that `checked` was asked of"),
    sa.Column('size', sa.BigInteger(), nullable=False, comment='bytes of the version that this is about'),
    sa.Column('modified_at', storage.types.Instant(), nullable=False),
    sa.Column('queued_at', storage.types.Instant(), nullable=False, comment='waiting since'),
    sa.Column('attempts', sa.Integer(), nullable=False, comment='that were ended, one after the other'),
    sa.Column('next_at', storage.types.Instant(), nullable=True, comment='not before; of an ended one NULL = never'),
    sa.Column('why', sa.String(), nullable=True, comment='what ended the last attempt, or put it off'),
    sa.Column('problems', sa.JSON(), nullable=False, comment='what could not be decoded in these bytes'),
    sa.Column('cpu_ms', sa.BigInteger(), nullable=False, comment='processor time spent on these bytes'),
    sa.Column('checked_at', storage.types.Instant(), nullable=True),
    sa.CheckConstraint("state IN ('waiting','done','ended')", name=op.f('ck_content_state')),
    sa.ForeignKeyConstraint(['file_id'], ['file.id'], name=op.f('fk_content_file_id_file')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_content')),
    sa.UniqueConstraint('file_id', name=op.f('uq_content_file_id'))
    )
    op.create_index('ix_content_asked', 'content', ['asked'], unique=False)
    op.create_index('ix_content_turn', 'content', ['state', 'priority', 'started_at', 'file_id'], unique=False)
    op.create_table('observation',
    sa.Column('file_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('detector', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('from_us', storage.types.Micros(), nullable=False, comment='media time'),
    sa.Column('to_us', storage.types.Micros(), nullable=False),
    sa.Column('value', sa.Double(), nullable=True),
    sa.Column('unit', sa.String(), nullable=False, comment='s | count | grey | share | deg | dBFS | local-epoch-s'),
    sa.Column('detail', sa.String(), nullable=True, comment='text that was read, or the form of what was found'),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('since_scan', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='scan that established this version of the fact'),
    sa.Column('until_scan', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='scan that superseded it; NULL = current'),
    sa.CheckConstraint('to_us >= from_us', name=op.f('ck_observation_order')),
    sa.ForeignKeyConstraint(['file_id'], ['file.id'], name=op.f('fk_observation_file_id_file')),
    sa.ForeignKeyConstraint(['since_scan'], ['scan.id'], name=op.f('fk_observation_since_scan_scan')),
    sa.ForeignKeyConstraint(['until_scan'], ['scan.id'], name=op.f('fk_observation_until_scan_scan')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_observation'))
    )
    op.create_index('ix_observation_file', 'observation', ['file_id', 'from_us', 'id'], unique=False, sqlite_where=sa.text('until_scan IS NULL'), postgresql_where=sa.text('until_scan IS NULL'))
    op.create_index('ix_observation_kind', 'observation', ['kind', 'file_id', 'from_us', 'id'], unique=False, sqlite_where=sa.text('until_scan IS NULL'), postgresql_where=sa.text('until_scan IS NULL'))
    op.create_table('print',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('file_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at_us', storage.types.Micros(), nullable=False, comment='media time'),
    sa.Column('value', sa.BigInteger(), nullable=False, comment='64 bits'),
    sa.Column('sound', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['file.id'], name=op.f('fk_print_file_id_file')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_print'))
    )
    op.create_index('ix_print_file_id', 'print', ['file_id'], unique=False)
    op.create_index('ix_print_value', 'print', ['value'], unique=False)
