-- Roles for a Postgres that others administer: run it once as whoever may make roles, then set MIGRATION_DATABASE_URL to the
-- owner and DATABASE_URL to the server, and run `npm run migrate`, which gives the server its privileges, table by table
-- (lib/store/runtime-role.ts). Where the owner may make roles itself, as in compose.yaml, that command makes the server's
-- role as well, and this file is not needed.
--
--   createdb tokenforge && psql --set=ON_ERROR_STOP=1 --file=ops/postgres/roles.sql tokenforge
--   psql --command='\password tokenforge_owner' --command='\password tokenforge_server' tokenforge

-- Owns the database and the tables; for migrations alone.
CREATE ROLE tokenforge_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER DATABASE tokenforge OWNER TO tokenforge_owner;
-- The server: reads and writes rows.
CREATE ROLE tokenforge_server LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
