package identity

// isReadOnly reports whether err says that one may only read over this connection.
// That it keeps for its life: SQLite opened the file when nobody could write to it,
// or a session of PostgreSQL began when its server took no changes.
func isReadOnly(err error) bool {
	const readOnlyTransaction = "25006"
	return sqliteCode(err) == sqliteReadOnly || postgresCode(err) == readOnlyTransaction
}

// renew closes the connections that nobody uses, so that what comes next makes new
// ones. All go: those of one process to a SQLite file have in common whether they
// may write.
func (s *Store) renew() {
	s.db.SetMaxIdleConns(0)
	s.db.SetMaxIdleConns(s.idle)
}
