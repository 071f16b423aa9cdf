from django.db import migrations

# Whatever changes who somebody is or what they may do ends their sessions, whoever changes it.
SQL = """
CREATE FUNCTION portal_end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE account bigint;
BEGIN
    IF TG_TABLE_NAME = 'portal_user' THEN account := OLD.id;
    ELSIF TG_OP = 'INSERT' THEN account := NEW.user_id;
    ELSE account := OLD.user_id;
    END IF;
    INSERT INTO portal_sessionend (user_id, at) VALUES (account, clock_timestamp())
        ON CONFLICT (user_id) DO UPDATE SET at = excluded.at;
    RETURN NULL;
END $$;
CREATE TRIGGER role_taken_ends_sessions AFTER DELETE OR UPDATE ON portal_user_groups
    FOR EACH ROW EXECUTE FUNCTION portal_end_sessions();
CREATE TRIGGER account_changed_ends_sessions AFTER UPDATE ON portal_user FOR EACH ROW
    WHEN (OLD.is_active IS DISTINCT FROM NEW.is_active
          OR OLD.password IS DISTINCT FROM NEW.password)
    EXECUTE FUNCTION portal_end_sessions();
CREATE TRIGGER factor_changed_ends_sessions AFTER INSERT OR DELETE ON mfa_authenticator
    FOR EACH ROW EXECUTE FUNCTION portal_end_sessions();

CREATE FUNCTION portal_auditor_stays_alone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE names text[];
BEGIN
    -- Two transactions that give one account a role each wait for one another here.
    PERFORM 1 FROM portal_user WHERE id = NEW.user_id FOR UPDATE;
    SELECT array_agg(DISTINCT auth_group.name) INTO names
        FROM portal_user_groups JOIN auth_group ON auth_group.id = group_id
        WHERE user_id = NEW.user_id
          AND auth_group.name IN ('admin', 'operator', 'approver', 'auditor');
    IF 'auditor' = ANY(names) AND cardinality(names) > 1 THEN
        RAISE EXCEPTION 'an auditor holds no other role'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'auditor_stays_alone';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER auditor_stays_alone AFTER INSERT OR UPDATE ON portal_user_groups
    FOR EACH ROW EXECUTE FUNCTION portal_auditor_stays_alone();

CREATE FUNCTION portal_roles_keep_their_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a role keeps its name'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'roles_keep_their_names';
END $$;
CREATE TRIGGER roles_keep_their_names BEFORE UPDATE OF name ON auth_group FOR EACH ROW
    WHEN (OLD.name <> NEW.name
          AND (OLD.name IN ('admin', 'operator', 'approver', 'auditor')
               OR NEW.name IN ('admin', 'operator', 'approver', 'auditor')))
    EXECUTE FUNCTION portal_roles_keep_their_names();
"""
REVERSE = """
DROP TRIGGER roles_keep_their_names ON auth_group;
DROP FUNCTION portal_roles_keep_their_names();
DROP TRIGGER auditor_stays_alone ON portal_user_groups;
DROP FUNCTION portal_auditor_stays_alone();
DROP TRIGGER factor_changed_ends_sessions ON mfa_authenticator;
DROP TRIGGER account_changed_ends_sessions ON portal_user;
DROP TRIGGER role_taken_ends_sessions ON portal_user_groups;
DROP FUNCTION portal_end_sessions();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("portal", "0002_accounts"),
    ]
    operations = [migrations.RunSQL(SQL, REVERSE)]
