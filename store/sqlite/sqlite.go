// Package sqlite is the embedded backend: one SQLite file in a folder.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"agentreport/store"
)

// FileName is the database's name in its folder.
const FileName = "agent-report.db"

// Backend is a store.Backend in one SQLite file. Several processes may share
// the file on one machine.
type Backend struct {
	writer *sql.DB // one connection, every transaction takes the write lock at once
	reader *sql.DB
	tx     *sql.Tx // set on the backend that Atomically hands out
	stmts  *statements
}

// Open opens the store in a folder, which is made where it does not exist.
func Open(ctx context.Context, dir string) (*Backend, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	path := filepath.Join(dir, FileName)
	// A busy writer is another process in the middle of a batch, which takes a
	// fraction of a second; a minute is out of reach for anything that is well.
	dsn := func(more string) string {
		return (&url.URL{Scheme: "file", OmitHost: true, Path: path}).String() +
			"?_pragma=busy_timeout(60000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
			"&_pragma=secure_delete(ON)&_pragma=cache_size(-16000)&_pragma=temp_store(MEMORY)" + more
	}
	writer, err := sql.Open("sqlite", dsn("&_txlock=immediate"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	writer.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite", dsn("&_pragma=query_only(ON)"))
	if err != nil {
		writer.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	reader.SetMaxOpenConns(4)
	reader.SetMaxIdleConns(4)
	b := &Backend{writer: writer, reader: reader}
	if err := b.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), b.Close())
	}
	return b, nil
}

// Declare makes the tables, columns and indexes that are not there yet.
func (b *Backend) Declare(ctx context.Context, collections ...*store.Collection) error {
	return b.write(ctx, func(s *statements) error {
		for _, c := range collections {
			have, err := s.columns(ctx, c)
			if err != nil {
				return err
			}
			for _, ddl := range schema(c, have) {
				if _, err := s.tx.ExecContext(ctx, ddl); err != nil {
					return fmt.Errorf("%s: %w", c.Name, wrap(err))
				}
			}
		}
		return nil
	})
}

// columns are those that a collection's table has; none where there is no table.
func (s *statements) columns(ctx context.Context, c *store.Collection) ([]string, error) {
	rows, err := s.tx.QueryContext(ctx, "SELECT name FROM pragma_table_info(?)", c.Name)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, wrap(err)
		}
		names = append(names, name)
	}
	return names, wrap(rows.Err())
}

// schema is what is missing of a collection whose table has some columns: a table
// with a column for each index of one value; an index of many values is a table of
// its own, and a column with the same values, to know what to change.
func schema(c *store.Collection, have []string) []string {
	var ddl, indexes []string
	columns := ""
	for _, x := range c.Indexes {
		columns += fmt.Sprintf(", %s TEXT", column(x))
		if len(have) > 0 && !slices.Contains(have, column(x)) {
			ddl = append(ddl, fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s TEXT", c.Name, column(x)))
		}
		if x.Many {
			indexes = append(indexes, fmt.Sprintf(
				"CREATE TABLE IF NOT EXISTS %s (value TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (value, id)) WITHOUT ROWID", manyTable(c, x)))
			continue
		}
		indexes = append(indexes, fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s_%s ON %s (%s) WHERE %[4]s IS NOT NULL", c.Name, x.Name, c.Name, column(x)))
	}
	if len(have) == 0 {
		ddl = append(ddl, fmt.Sprintf("CREATE TABLE %s (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, body BLOB NOT NULL%s) WITHOUT ROWID", c.Name, columns))
	}
	return append(ddl, indexes...)
}

func column(x store.Index) string                         { return "key_" + x.Name }
func manyTable(c *store.Collection, x store.Index) string { return c.Name + "_by_" + x.Name }

// Atomic reports that Atomically is a transaction.
func (b *Backend) Atomic() bool { return true }

// Atomically runs f in one transaction that holds the write lock.
func (b *Backend) Atomically(ctx context.Context, f func(store.Backend) error) error {
	if b.tx != nil {
		return f(b)
	}
	tx, err := b.writer.BeginTx(ctx, nil)
	if err != nil {
		return wrap(err)
	}
	defer tx.Rollback() // does nothing once committed
	inside := *b
	inside.tx = tx
	inside.stmts = &statements{tx: tx, prepared: map[string]*sql.Stmt{}}
	if err := f(&inside); err != nil {
		return err
	}
	return wrap(tx.Commit())
}

// write runs f in the current transaction, else in one of its own.
func (b *Backend) write(ctx context.Context, f func(*statements) error) error {
	if b.stmts != nil {
		return f(b.stmts)
	}
	return b.Atomically(ctx, func(inside store.Backend) error { return f(inside.(*Backend).stmts) })
}

// statements are those prepared in one transaction.
type statements struct {
	tx       *sql.Tx
	prepared map[string]*sql.Stmt
}

func (s *statements) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := s.prepared[query]; ok {
		return st, nil
	}
	st, err := s.tx.PrepareContext(ctx, query)
	if err != nil {
		return nil, wrap(err)
	}
	s.prepared[query] = st
	return st, nil
}

func (s *statements) exec(ctx context.Context, query string, args ...any) (int64, error) {
	st, err := s.prepare(ctx, query)
	if err != nil {
		return 0, err
	}
	// The statement runs to its end whatever happens to ctx: the driver would
	// start a goroutine for each, and Commit looks at ctx anyway.
	res, err := st.Exec(args...)
	if err != nil {
		return 0, wrap(err)
	}
	n, err := res.RowsAffected()
	return n, wrap(err)
}

// Ping reads a page.
func (b *Backend) Ping(ctx context.Context) error {
	var n int
	return wrap(b.reader.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n))
}

// Scrub writes the whole file anew and empties the write-ahead log into it. What
// is deleted is overwritten with zeros at once, but moving rows between pages
// can leave a copy behind that only this removes. Others wait meanwhile.
func (b *Backend) Scrub(ctx context.Context) error {
	if _, err := b.writer.ExecContext(ctx, "VACUUM"); err != nil {
		return wrap(err)
	}
	var busy, log, done int
	if err := b.writer.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &done); err != nil {
		return wrap(err)
	}
	if busy != 0 {
		return fmt.Errorf("the write-ahead log is in use by a reader: run the command again to empty it")
	}
	return nil
}

// Close closes the file.
func (b *Backend) Close() error {
	return errors.Join(b.reader.Close(), b.writer.Close())
}

// wrap marks the errors of a database that is away: busy, full, not readable.
func wrap(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
			sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM:
			return fmt.Errorf("%w: %w", store.ErrAway, err)
		}
	}
	return err
}
