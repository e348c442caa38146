package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"agentreport/store"
)

// Insert adds each document whose id is not there yet.
func (b *Backend) Insert(ctx context.Context, c *store.Collection, docs []store.Doc) ([]bool, error) {
	inserted := make([]bool, len(docs))
	query := fmt.Sprintf("INSERT INTO %s (id, version, body%s) VALUES (?, 1, ?%s) ON CONFLICT (id) DO NOTHING",
		c.Name, columnList(c), strings.Repeat(", ?", len(c.Indexes)))
	err := b.write(ctx, func(s *statements) error {
		args := make([]any, 2+len(c.Indexes))
		for i := range docs {
			d := &docs[i]
			args[0], args[1] = d.ID, d.Body
			for j, x := range c.Indexes {
				args[2+j] = columnValue(d, x)
			}
			n, err := s.exec(ctx, query, args...)
			if err != nil {
				return err
			}
			if inserted[i] = n == 1; inserted[i] {
				if err := s.relink(ctx, c, d, nil); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return inserted, err
}

// Swap replaces each document whose stored version is the given one.
func (b *Backend) Swap(ctx context.Context, c *store.Collection, docs []store.Doc) ([]bool, error) {
	swapped := make([]bool, len(docs))
	sets, many := "", ""
	for _, x := range c.Indexes {
		sets += ", " + column(x) + " = ?"
		if x.Many {
			many += ", " + column(x)
		}
	}
	update := fmt.Sprintf("UPDATE %s SET version = version + 1, body = ?%s WHERE id = ? AND version = ?", c.Name, sets)
	old := fmt.Sprintf("SELECT version%s FROM %s WHERE id = ?", many, c.Name)
	err := b.write(ctx, func(s *statements) error {
		args := make([]any, 3+len(c.Indexes))
		for i := range docs {
			d := &docs[i]
			var linked []sql.NullString
			if many != "" {
				st, err := s.prepare(ctx, old)
				if err != nil {
					return err
				}
				var version int64
				linked = make([]sql.NullString, strings.Count(many, ","))
				into := []any{&version}
				for j := range linked {
					into = append(into, &linked[j])
				}
				if err := st.QueryRow(d.ID).Scan(into...); err == sql.ErrNoRows {
					continue
				} else if err != nil {
					return wrap(err)
				}
			}
			args[0] = d.Body
			for j, x := range c.Indexes {
				args[1+j] = columnValue(d, x)
			}
			args[len(args)-2], args[len(args)-1] = d.ID, d.Version
			n, err := s.exec(ctx, update, args...)
			if err != nil {
				return err
			}
			if swapped[i] = n == 1; swapped[i] {
				if err := s.relink(ctx, c, d, linked); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return swapped, err
}

// relink brings the tables of the indexes of many values up to date: linked
// are their values before, in the order in which the collection declares them.
func (s *statements) relink(ctx context.Context, c *store.Collection, d *store.Doc, linked []sql.NullString) error {
	at := 0
	for _, x := range c.Indexes {
		if !x.Many {
			continue
		}
		var before []string
		if at < len(linked) && linked[at].Valid {
			if err := json.Unmarshal([]byte(linked[at].String), &before); err != nil {
				return fmt.Errorf("%s %s: index %s: %w", c.Name, d.ID, x.Name, err)
			}
		}
		at++
		after := keyValues(d, x)
		for _, v := range before {
			if !slices.Contains(after, v) {
				if _, err := s.exec(ctx, "DELETE FROM "+manyTable(c, x)+" WHERE value = ? AND id = ?", v, d.ID); err != nil {
					return err
				}
			}
		}
		for _, v := range after {
			if !slices.Contains(before, v) {
				if _, err := s.exec(ctx, "INSERT OR IGNORE INTO "+manyTable(c, x)+" (value, id) VALUES (?, ?)", v, d.ID); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func columnList(c *store.Collection) string {
	list := ""
	for _, x := range c.Indexes {
		list += ", " + column(x)
	}
	return list
}

func keyValues(d *store.Doc, x store.Index) []string {
	var values []string
	for _, k := range d.Keys {
		if k.Index == x.Name {
			values = append(values, k.Value)
		}
	}
	return values
}

// columnValue is an index's column: its value, a JSON array where there can be
// many, or NULL.
func columnValue(d *store.Doc, x store.Index) any {
	if !x.Many {
		for i := range d.Keys {
			if d.Keys[i].Index == x.Name {
				return d.Keys[i].Value
			}
		}
		return nil
	}
	values := keyValues(d, x)
	if len(values) == 0 {
		return nil
	}
	b, err := json.Marshal(values)
	if err != nil {
		panic(err) // a list of strings
	}
	return string(b)
}

// Unset takes documents out of an index, and its field out of their bodies.
func (b *Backend) Unset(ctx context.Context, c *store.Collection, index string, docs []store.Doc) error {
	query := fmt.Sprintf("UPDATE %s SET version = version + 1, key_%s = NULL, body = CAST(json_remove(CAST(body AS TEXT), '$.%[2]s') AS BLOB) WHERE id = ? AND version = ?", c.Name, index)
	return b.write(ctx, func(s *statements) error {
		for _, d := range docs {
			if _, err := s.exec(ctx, query, d.ID, d.Version); err != nil {
				return err
			}
		}
		return nil
	})
}

// Touch adds one to the version of each document.
func (b *Backend) Touch(ctx context.Context, c *store.Collection, ids []string) error {
	query := fmt.Sprintf("INSERT INTO %s (id, version, body) VALUES (?, 1, '{}') ON CONFLICT (id) DO UPDATE SET version = version + 1", c.Name)
	return b.write(ctx, func(s *statements) error {
		for _, id := range ids {
			if _, err := s.exec(ctx, query, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Delete removes documents.
func (b *Backend) Delete(ctx context.Context, c *store.Collection, ids []string) error {
	return b.write(ctx, func(s *statements) error {
		for _, id := range ids {
			for _, x := range c.Indexes {
				if !x.Many {
					continue
				}
				unlink := fmt.Sprintf("DELETE FROM %s WHERE id = ? AND value IN (SELECT json_each.value FROM %s, json_each(%s) WHERE %[2]s.id = ?)", manyTable(c, x), c.Name, column(x))
				if _, err := s.exec(ctx, unlink, id, id); err != nil {
					return err
				}
			}
			if _, err := s.exec(ctx, "DELETE FROM "+c.Name+" WHERE id = ?", id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Get returns those documents that exist, sorted by id.
func (b *Backend) Get(ctx context.Context, c *store.Collection, ids []string) ([]store.Doc, error) {
	return b.byValues(ctx, fmt.Sprintf("SELECT id, version, body FROM %s WHERE id = ?", c.Name), ids)
}

// Find returns the documents of a query.
func (b *Backend) Find(ctx context.Context, c *store.Collection, q store.Query) ([]store.Doc, error) {
	if q.In != nil {
		return b.findIn(ctx, c, q)
	}
	key := "id"
	if q.Index != "" {
		key = "key_" + q.Index
	}
	query := fmt.Sprintf("SELECT id, version, body FROM %s WHERE %s >= ?", c.Name, key)
	args := []any{q.From}
	if q.To != "" {
		query += fmt.Sprintf(" AND %s < ?", key)
		args = append(args, q.To)
	}
	if q.After != (store.Cursor{}) {
		if q.Index == "" {
			query += " AND id > ?"
			args = append(args, q.After.ID)
		} else {
			query += fmt.Sprintf(" AND (%s, id) > (?, ?)", key)
			args = append(args, q.After.Value, q.After.ID)
		}
	}
	query += " ORDER BY " + key
	if q.Index != "" {
		query += ", id"
	}
	if q.Limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", q.Limit)
	}
	return b.collect(ctx, nil, query, args...)
}

func (b *Backend) findIn(ctx context.Context, c *store.Collection, q store.Query) ([]store.Doc, error) {
	i := slices.IndexFunc(c.Indexes, func(x store.Index) bool { return x.Name == q.Index })
	if i < 0 {
		return nil, fmt.Errorf("%s has no index %q", c.Name, q.Index)
	}
	x := c.Indexes[i]
	query := fmt.Sprintf("SELECT id, version, body FROM %s WHERE %s = ? AND id > ? ORDER BY id", c.Name, column(x))
	if x.Many {
		query = fmt.Sprintf("SELECT t.id, t.version, t.body FROM %s k JOIN %s t ON t.id = k.id WHERE k.value = ? AND k.id > ? ORDER BY k.id", manyTable(c, x), c.Name)
	}
	if q.Limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", q.Limit)
	}
	return b.byValues(ctx, query, q.In, q.After.ID)
}

// byValues runs one query for each value and returns all documents, each once,
// sorted by id.
func (b *Backend) byValues(ctx context.Context, query string, values []string, more ...any) ([]store.Doc, error) {
	var docs []store.Doc
	for _, v := range values {
		var err error
		if docs, err = b.collect(ctx, docs, query, append([]any{v}, more...)...); err != nil {
			return nil, err
		}
	}
	if len(values) > 1 {
		slices.SortFunc(docs, func(a, b store.Doc) int { return strings.Compare(a.ID, b.ID) })
		docs = slices.CompactFunc(docs, func(a, b store.Doc) bool { return a.ID == b.ID })
	}
	return docs, nil
}

func (b *Backend) collect(ctx context.Context, docs []store.Doc, query string, args ...any) ([]store.Doc, error) {
	var rows *sql.Rows
	if b.stmts != nil {
		st, err := b.stmts.prepare(ctx, query)
		if err != nil {
			return nil, err
		}
		if rows, err = st.Query(args...); err != nil {
			return nil, wrap(err)
		}
	} else {
		var err error
		if rows, err = b.reader.QueryContext(ctx, query, args...); err != nil {
			return nil, wrap(err)
		}
	}
	defer rows.Close()
	for rows.Next() {
		var d store.Doc
		if err := rows.Scan(&d.ID, &d.Version, &d.Body); err != nil {
			return nil, wrap(err)
		}
		docs = append(docs, d)
	}
	return docs, wrap(rows.Err())
}
