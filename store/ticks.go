package store

import (
	"context"
	"errors"
	"time"

	"agentreport/reports"
	"agentreport/reports/topics"
)

// ticksLast is how long what somebody ticked is kept: a modal is not open for
// longer.
const ticksLast = 24 * time.Hour

// ticksDoc is what was ticked in a view.
type ticksDoc struct {
	topics.Ticks
	Changed string `json:"changed"`
}

func (d *ticksDoc) keys() []Key { return []Key{{"changed", d.Changed}} }

// Ticks are what was ticked in a view; nothing where it is not known.
func (s *Store) Ticks(ctx context.Context, view string) (topics.Ticks, error) {
	var d ticksDoc
	_, err := s.get(ctx, ticks, view, &d)
	if errors.Is(err, reports.ErrNotFound) {
		err = nil
	}
	return d.Ticks, err
}

// ChangeTicks changes what is ticked in a view.
func (s *Store) ChangeTicks(ctx context.Context, view string, change func(*topics.Ticks)) error {
	d := ticksDoc{Changed: s.now().UTC().Format(notedLayout)}
	if _, err := s.backend.Insert(ctx, ticks, []Doc{newDoc(view, d, d.keys()...)}); err != nil {
		return err
	}
	return update(ctx, s, ticks, view, func(d *ticksDoc) error {
		change(&d.Ticks)
		d.Changed = s.now().UTC().Format(notedLayout)
		return nil
	}, (*ticksDoc).keys)
}
