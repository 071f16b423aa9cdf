from django.db import migrations, models

SQL = """
CREATE SCHEMA audit;

CREATE TABLE audit.log_epoch (
    epoch integer PRIMARY KEY,
    system_identifier text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason text NOT NULL
);
INSERT INTO audit.log_epoch (epoch, system_identifier, reason)
SELECT 1, system_identifier::text, 'created' FROM pg_control_system();

CREATE TABLE audit.entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    at timestamptz NOT NULL,
    xact xid8 NOT NULL,
    epoch integer NOT NULL,
    verb text NOT NULL CHECK (verb <> ''),
    actor_kind text NOT NULL CHECK (actor_kind <> ''),
    actor_id text NOT NULL CHECK (actor_id <> ''),
    actor_label text NOT NULL,
    object_kind text NOT NULL CHECK (object_kind <> ''),
    object_id text NOT NULL CHECK (object_id <> ''),
    object_label text NOT NULL,
    source text NOT NULL CHECK (source <> ''),
    request_id text NOT NULL CHECK (request_id <> ''),
    outcome text NOT NULL CHECK (outcome IN ('ok', 'refused', 'failed', 'unknown')),
    data jsonb NOT NULL,
    canonical bytea NOT NULL CHECK (length(canonical) > 0),
    pd_commit bytea CHECK (length(pd_commit) = 32)
);
CREATE INDEX entry_verb ON audit.entry (verb, id DESC);
CREATE INDEX entry_object ON audit.entry (object_id, id DESC);
CREATE INDEX entry_actor ON audit.entry (actor_id, id DESC);
CREATE INDEX entry_request ON audit.entry (request_id, id DESC);
CREATE INDEX entry_not_ok ON audit.entry (outcome, id DESC) WHERE outcome <> 'ok';
CREATE INDEX entry_at ON audit.entry (at DESC, id DESC);

CREATE TABLE audit.personal (
    entry_id bigint PRIMARY KEY REFERENCES audit.entry (id),
    salt bytea NOT NULL CHECK (length(salt) = 32),
    canonical bytea NOT NULL,
    view jsonb NOT NULL
);

-- The database says when, in which transaction and in which epoch; no caller can.
CREATE FUNCTION audit.stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at := clock_timestamp();
    NEW.xact := pg_current_xact_id();
    NEW.epoch := (SELECT max(epoch) FROM audit.log_epoch);
    RETURN NEW;
END $$;
CREATE TRIGGER entry_stamp BEFORE INSERT ON audit.entry
    FOR EACH ROW EXECUTE FUNCTION audit.stamp();

CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER entry_no_change BEFORE UPDATE OR DELETE ON audit.entry
    FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER entry_no_truncate BEFORE TRUNCATE ON audit.entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER personal_no_change BEFORE UPDATE OR DELETE ON audit.personal
    FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER personal_no_truncate BEFORE TRUNCATE ON audit.personal
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER log_epoch_no_change BEFORE UPDATE OR DELETE ON audit.log_epoch
    FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER log_epoch_no_truncate BEFORE TRUNCATE ON audit.log_epoch
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

-- ALWAYS: they fire even for a session that calls itself a replica.
ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER entry_stamp;
ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER entry_no_change;
ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER entry_no_truncate;
ALTER TABLE audit.personal ENABLE ALWAYS TRIGGER personal_no_change;
ALTER TABLE audit.personal ENABLE ALWAYS TRIGGER personal_no_truncate;
ALTER TABLE audit.log_epoch ENABLE ALWAYS TRIGGER log_epoch_no_change;
ALTER TABLE audit.log_epoch ENABLE ALWAYS TRIGGER log_epoch_no_truncate;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(SQL, "DROP SCHEMA audit CASCADE"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Entry",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("code", models.TextField()),
                        ("at", models.DateTimeField()),
                        ("verb", models.TextField()),
                        ("actor_kind", models.TextField()),
                        ("actor_id", models.TextField()),
                        ("actor_label", models.TextField()),
                        ("object_kind", models.TextField()),
                        ("object_id", models.TextField()),
                        ("object_label", models.TextField()),
                        ("source", models.TextField()),
                        ("request_id", models.TextField()),
                        ("outcome", models.TextField()),
                        ("data", models.JSONField()),
                        ("canonical", models.BinaryField()),
                        ("pd_commit", models.BinaryField(null=True)),
                    ],
                    options={"managed": False, "db_table": 'audit"."entry'},
                ),
                migrations.CreateModel(
                    name="Personal",
                    fields=[
                        (
                            "entry",
                            models.OneToOneField(
                                on_delete=models.deletion.DO_NOTHING,
                                primary_key=True,
                                related_name="personal",
                                serialize=False,
                                to="audit.entry",
                            ),
                        ),
                        ("salt", models.BinaryField()),
                        ("canonical", models.BinaryField()),
                        ("view", models.JSONField()),
                    ],
                    options={"managed": False, "db_table": 'audit"."personal'},
                ),
            ]
        ),
    ]
