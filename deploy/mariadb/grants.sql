-- The account that berthd needs on an existing MariaDB (10.6 or newer): the
-- rights below and nothing more. Run it as an administrator:
--
--   mariadb < deploy/mariadb/grants.sql
--
-- Then give the account a password, and berthd the same one in a file that only
-- its user can read (mariadb.password_file):
--
--   ALTER USER `berth`@`%` IDENTIFIED BY '...' ACCOUNT UNLOCK;
--
-- Replace % by the host that berthd runs on if it is known. No right is global:
-- berthd kills statements of its own account only, which takes none, and never
-- reads or writes files of the database's machine.

-- Locked until it has a password, as above.
CREATE USER IF NOT EXISTS `berth`@`%` ACCOUNT LOCK;

-- Reading rows.
GRANT SELECT ON `berth`.* TO `berth`@`%`;
-- Writing rows.
GRANT INSERT, UPDATE, DELETE ON `berth`.* TO `berth`@`%`;
-- Making the database itself and the tables of a registered schema.
GRANT CREATE ON `berth`.* TO `berth`@`%`;
-- Adding columns when a schema has grown.
GRANT ALTER ON `berth`.* TO `berth`@`%`;
-- Adding indexes.
GRANT INDEX ON `berth`.* TO `berth`@`%`;
-- Declaring foreign keys, which takes this right on the table referred to.
GRANT REFERENCES ON `berth`.* TO `berth`@`%`;
-- Temporary tables of a session.
GRANT CREATE TEMPORARY TABLES ON `berth`.* TO `berth`@`%`;
-- LOCK TABLES in a session.
GRANT LOCK TABLES ON `berth`.* TO `berth`@`%`;
-- Calling stored procedures and functions.
GRANT EXECUTE ON `berth`.* TO `berth`@`%`;
-- Not DROP: no mistake of a client loses a table. Add it, and CREATE VIEW,
-- TRIGGER and the like, for applications that do such things themselves.

-- The database of the tour (deploy/tour.lua), which drops and makes it anew.
-- Leave it out where the tour is not run. In a grant _ stands for any
-- character unless it is escaped.
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, REFERENCES,
  CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, DROP
  ON `berth\_tour`.* TO `berth`@`%`;
