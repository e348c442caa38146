package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"agentreport/reports"
)

func deliveryKeys(d *reports.Delivery) []Key {
	keys := []Key{{"week", string(d.Week)}}
	if d.Open() {
		keys = append(keys, Key{"open", d.Due.UTC().Format(time.RFC3339)})
	}
	for _, c := range d.Quoted {
		keys = append(keys, Key{"quoted", c})
	}
	return keys
}

func deliveryDoc(d *reports.Delivery, version int64) Doc {
	doc := newDoc(d.ID, d, deliveryKeys(d)...)
	doc.Version = version
	return doc
}

// InsertDelivery stores a delivery if there is none with its id, and reports
// whether it did.
func (s *Store) InsertDelivery(ctx context.Context, d reports.Delivery) (bool, error) {
	ok, err := s.backend.Insert(ctx, deliveries, []Doc{deliveryDoc(&d, 0)})
	if err != nil {
		return false, fmt.Errorf("delivery %s: %w", d.ID, err)
	}
	return ok[0], nil
}

// Delivery returns a delivery and its version; version 0 where there is none.
func (s *Store) Delivery(ctx context.Context, id string) (reports.Delivery, int64, error) {
	var d reports.Delivery
	doc, err := s.get(ctx, deliveries, id, &d)
	if errors.Is(err, reports.ErrNotFound) {
		return reports.Delivery{}, 0, nil
	}
	return d, doc.Version, err
}

// SwapDelivery replaces a delivery whose version is the given one, which then
// is one more, and reports whether it did.
func (s *Store) SwapDelivery(ctx context.Context, d reports.Delivery, version int64) (bool, error) {
	ok, err := s.backend.Swap(ctx, deliveries, []Doc{deliveryDoc(&d, version)})
	if err != nil {
		return false, fmt.Errorf("delivery %s: %w", d.ID, err)
	}
	return ok[0], nil
}

// Deliveries lists the deliveries that were due last, the newest first.
func (s *Store) Deliveries(ctx context.Context, limit int) ([]reports.Delivery, error) {
	list, err := all[reports.Delivery](ctx, s, deliveries)
	slices.SortFunc(list, func(a, b reports.Delivery) int {
		if d := b.Due.Compare(a.Due); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	if limit > 0 && len(list) > limit {
		list = list[:limit]
	}
	return list, err
}

// OpenDeliveries lists the deliveries for which something is left to do, the oldest
// first.
func (s *Store) OpenDeliveries(ctx context.Context) ([]reports.Delivery, error) {
	docs, err := s.backend.Find(ctx, deliveries, Query{Index: "open", From: "0"})
	if err != nil {
		return nil, fmt.Errorf("open deliveries: %w", err)
	}
	list := make([]reports.Delivery, len(docs))
	for i, doc := range docs {
		if err := decode(deliveries, doc, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Failing lists the last delivery of each schedule that is in use and whose last one
// failed or was missed.
func (s *Store) Failing(ctx context.Context) ([]reports.Delivery, error) {
	subs, err := s.Subscriptions(ctx)
	if err != nil || len(subs) == 0 {
		return nil, err
	}
	list, err := s.Deliveries(ctx, 0)
	if err != nil {
		return nil, err
	}
	var failing []reports.Delivery
	for _, sub := range subs {
		at := slices.IndexFunc(list, func(d reports.Delivery) bool { return d.Subscription == sub.ID && d.Done() && !d.Manual })
		if at >= 0 && !sub.Paused && list[at].State != reports.Posted {
			failing = append(failing, list[at])
		}
	}
	return failing, nil
}

// LastRecord is what a posted digest of a week said, with a definition and
// channel filter; nil where none did.
func (s *Store) LastRecord(ctx context.Context, w reports.Week, d reports.Definition, filter string) (*reports.Record, error) {
	docs, err := s.backend.Find(ctx, deliveries, Query{Index: "week", In: []string{string(w)}})
	if err != nil {
		return nil, fmt.Errorf("deliveries of %s: %w", w, err)
	}
	var first *reports.Record
	for _, doc := range docs {
		var del reports.Delivery
		if err := decode(deliveries, doc, &del); err != nil {
			return nil, err
		}
		r := del.Record
		if del.State != reports.Posted || del.Manual || r == nil || r.Week != w || r.Definition != d.String() || r.Filter != filter {
			continue
		}
		if first == nil || r.At.Before(first.At) {
			first = r
		}
	}
	return first, nil
}
