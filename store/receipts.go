package store

import (
	"context"
	"fmt"
	"time"
)

// receiptsLast is how long it is kept that an event from Slack was dealt with:
// Slack sends one again after five minutes at the latest.
const receiptsLast = time.Hour

type receiptDoc struct {
	At string `json:"at"`
}

// Received reports whether any process has dealt with an event from Slack.
func (s *Store) Received(ctx context.Context, event string) (bool, error) {
	docs, err := s.backend.Get(ctx, receipts, []string{event})
	if err != nil {
		return false, fmt.Errorf("receipts: %w", err)
	}
	return len(docs) > 0, nil
}

// Receipt keeps that something from Slack was dealt with, and reports whether it is
// the first one for it.
func (s *Store) Receipt(ctx context.Context, event string) (bool, error) {
	at := s.now().UTC().Format(notedLayout)
	ok, err := s.backend.Insert(ctx, receipts, []Doc{newDoc(event, receiptDoc{at}, Key{"at", at})})
	if err != nil {
		return false, fmt.Errorf("receipts: %w", err)
	}
	return ok[0], nil
}

// sweepOld forgets documents that an index of times says are older than a span.
func (s *Store) sweepOld(ctx context.Context, c *Collection, index string, age time.Duration) error {
	old, err := s.backend.Find(ctx, c, Query{Index: index, From: "0", To: s.now().UTC().Add(-age).Format(notedLayout), Limit: projectAtOnce})
	if err != nil {
		return err
	}
	ids := make([]string, len(old))
	for i, d := range old {
		ids[i] = d.ID
	}
	return s.backend.Delete(ctx, c, ids)
}
