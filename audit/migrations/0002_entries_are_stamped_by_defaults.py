from django.db import migrations

# Defaults say when, in which transaction and in which epoch, without the 16 microseconds that a
# trigger cost for each entry. The trigger stays for whoever says something else, and is not called otherwise.
SQL = """
CREATE FUNCTION audit.stamp_by_default() RETURNS void LANGUAGE plpgsql AS $$
DECLARE newest integer := (SELECT max(epoch) FROM audit.log_epoch);
BEGIN
    ALTER TABLE audit.entry
        ALTER at SET DEFAULT clock_timestamp(), ALTER xact SET DEFAULT pg_current_xact_id();
    EXECUTE format('ALTER TABLE audit.entry ALTER epoch SET DEFAULT %s', newest);
    DROP TRIGGER entry_stamp ON audit.entry;
    EXECUTE format('
        CREATE TRIGGER entry_stamp BEFORE INSERT ON audit.entry FOR EACH ROW WHEN (
            NEW.xact IS DISTINCT FROM pg_current_xact_id() OR NEW.epoch IS DISTINCT FROM %s
            OR NEW.at IS NULL OR NEW.at NOT BETWEEN transaction_timestamp() AND clock_timestamp()
        ) EXECUTE FUNCTION audit.stamp()', newest);
    ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER entry_stamp;
END $$;
REVOKE EXECUTE ON FUNCTION audit.stamp_by_default() FROM PUBLIC;
SELECT audit.stamp_by_default();

CREATE FUNCTION audit.follow_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM audit.stamp_by_default();
    RETURN NULL;
END $$;
CREATE TRIGGER log_epoch_is_followed AFTER INSERT ON audit.log_epoch
    FOR EACH STATEMENT EXECUTE FUNCTION audit.follow_epoch();
ALTER TABLE audit.log_epoch ENABLE ALWAYS TRIGGER log_epoch_is_followed;
"""
REVERSE = """
DROP TRIGGER log_epoch_is_followed ON audit.log_epoch;
DROP FUNCTION audit.follow_epoch();
DROP TRIGGER entry_stamp ON audit.entry;
CREATE TRIGGER entry_stamp BEFORE INSERT ON audit.entry
    FOR EACH ROW EXECUTE FUNCTION audit.stamp();
ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER entry_stamp;
ALTER TABLE audit.entry ALTER at DROP DEFAULT, ALTER xact DROP DEFAULT, ALTER epoch DROP DEFAULT;
DROP FUNCTION audit.stamp_by_default();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
