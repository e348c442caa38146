package store

import (
	"context"
	"errors"
	"fmt"

	"agentreport/reports"
	"agentreport/reports/topics"
)

// migrations bring a store from one schema version to the next: the first one
// from version 1, which is that of stores without a version. Tables, columns and
// indexes that are new need no migration (Backend.Declare makes them), and what is
// projected from events needs a new foldVersion instead. A migration can be
// interrupted anywhere and run by any number of processes at once.
var migrations = []func(context.Context, Backend) error{
	keyDecisions,
}

// schemaVersion is the version of what this program writes.
var schemaVersion = 1 + len(migrations)

const schemaID = "schema"

type schemaDoc struct {
	Version int `json:"version"`
}

// prepare brings the database to the schema of this program, or refuses one that
// a newer program wrote.
func prepare(ctx context.Context, b Backend) error {
	if err := b.Declare(ctx, settings); err != nil {
		return err
	}
	have, err := schemaOf(ctx, b)
	if err != nil {
		return err
	}
	if have > schemaVersion {
		return fmt.Errorf("the store has schema version %d, this program knows version %d at most: use the newer agent-report that wrote it", have, schemaVersion)
	}
	if err := b.Declare(ctx, Collections...); err != nil {
		return err
	}
	for v := have; v < schemaVersion; v++ {
		if err := migrations[v-1](ctx, b); err != nil {
			return fmt.Errorf("bring the store to schema version %d: %w", v+1, err)
		}
	}
	if have == schemaVersion {
		return nil
	}
	doc := newDoc(schemaID, schemaDoc{schemaVersion})
	inserted, err := b.Insert(ctx, settings, []Doc{doc})
	if err != nil || inserted[0] {
		return err
	}
	inside := &Store{backend: b}
	return update(ctx, inside, settings, schemaID, func(d *schemaDoc) error {
		if d.Version >= schemaVersion {
			return errUnchanged // another process was here, perhaps a newer one
		}
		d.Version = schemaVersion
		return nil
	}, nil)
}

// schemaOf is the version of a store: 1 where it says none, also of a new one, for
// which the migrations have nothing to do.
func schemaOf(ctx context.Context, b Backend) (int, error) {
	d := schemaDoc{Version: 1}
	_, err := (&Store{backend: b}).get(ctx, settings, schemaID, &d)
	if errors.Is(err, reports.ErrNotFound) {
		err = nil
	}
	return d.Version, err
}

// keyDecisions gives people's decisions on topics the keys by which the audit
// trail finds them.
func keyDecisions(ctx context.Context, b Backend) error {
	return scan(ctx, b, journal, Query{}, func(docs []Doc) error {
		var keyed []Doc
		for _, d := range docs {
			var e topics.Entry
			if err := decode(journal, d, &e); err != nil {
				return err
			}
			if e.By == "" {
				continue
			}
			next := entryDoc(d.ID, &e)
			next.Body, next.Version = d.Body, d.Version
			keyed = append(keyed, next)
		}
		_, err := b.Swap(ctx, journal, keyed)
		return err
	})
}
