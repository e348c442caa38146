package store

import (
	"context"
	"errors"
	"time"

	"agentreport/reports"
)

// cursorDoc is how far something outside was read.
type cursorDoc struct {
	At time.Time `json:"at"`
}

func cursorID(name string) string { return "cursor " + name }

// Cursor is the moment up to which something outside was read, by its name; zero where it
// never was.
func (s *Store) Cursor(ctx context.Context, name string) (time.Time, error) {
	var d cursorDoc
	_, err := s.get(ctx, settings, cursorID(name), &d)
	if errors.Is(err, reports.ErrNotFound) {
		err = nil
	}
	return d.At, err
}

// SetCursor keeps how far something outside was read.
func (s *Store) SetCursor(ctx context.Context, name string, at time.Time) error {
	d := cursorDoc{at.UTC()}
	inserted, err := s.backend.Insert(ctx, settings, []Doc{newDoc(cursorID(name), d)})
	if err != nil || inserted[0] {
		return err
	}
	return update(ctx, s, settings, cursorID(name), func(have *cursorDoc) error {
		*have = d
		return nil
	}, nil)
}
