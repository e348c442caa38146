package store

import (
	"context"
	"fmt"

	"agentreport/reports"
	"agentreport/reports/topics"
)

// Topics returns a page of the topics that a filter lets through, with the link
// of each one's latest question, and how many there are in all.
func (s *Store) Topics(ctx context.Context, f topics.Filter) ([]topics.Summary, int, error) {
	var page []topics.Summary
	var total int
	err := s.ReadTopics(ctx, func(state *topics.State) error {
		page, total = state.List(f, s.now())
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return page, total, s.addLinks(ctx, page)
}

// Topic is one topic, by its number or that of one that became part of it. It
// wraps topics.ErrNoTopic where there is none.
func (s *Store) Topic(ctx context.Context, number int) (topics.Summary, error) {
	page := make([]topics.Summary, 1)
	err := s.ReadTopics(ctx, func(state *topics.State) error {
		var ok bool
		if page[0], ok = state.Summary(number, s.now()); !ok {
			return fmt.Errorf("topic %d: %w", number, topics.ErrNoTopic)
		}
		return nil
	})
	if err != nil {
		return topics.Summary{}, err
	}
	return page[0], s.addLinks(ctx, page)
}

func (s *Store) addLinks(ctx context.Context, page []topics.Summary) error {
	keys := make([]string, len(page))
	for i, t := range page {
		keys[i] = t.Latest
	}
	found, err := s.asked(ctx, keys)
	for i := range page {
		page[i].URL = found[page[i].Latest].URL
	}
	return err
}

// Questions returns a page of a topic's questions of a status, with their texts
// and links, the latest first, and how many there are in all. An empty status
// means all.
func (s *Store) Questions(ctx context.Context, topic int, status topics.Status, offset, limit int) ([]topics.Question, int, error) {
	var page []topics.Question
	var total int
	err := s.ReadTopics(ctx, func(state *topics.State) error {
		page, total = state.Questions(topic, status, offset, limit)
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	keys := make([]string, len(page))
	for i, q := range page {
		keys[i] = q.Key
	}
	found, err := s.asked(ctx, keys)
	for i := range page {
		words := found[page[i].Key]
		page[i].Text, page[i].Language, page[i].URL = words.Text, words.Language, words.URL
	}
	return page, total, err
}

// asked reads the texts and links of questions. A question without a link has
// that of its session.
func (s *Store) asked(ctx context.Context, keys []string) (map[string]topics.Question, error) {
	docs, err := s.backend.Get(ctx, events, unique(keys))
	if err != nil {
		return nil, fmt.Errorf("questions: %w", err)
	}
	list := make([]storedEvent, len(docs))
	var without []string
	for i, d := range docs {
		if list[i], err = decodeEvent(d); err != nil {
			return nil, err
		}
		if list[i].Event.URL == "" {
			without = append(without, list[i].Event.ConversationKey())
		}
	}
	found, err := s.backend.Get(ctx, conversations, unique(without))
	if err != nil {
		return nil, fmt.Errorf("questions: %w", err)
	}
	asked := make(map[string]topics.Question, len(docs))
	for i, d := range docs {
		e := &list[i].Event
		q := topics.Question{Text: reports.Mask(reports.Clean(e.Question)), Language: e.Language, URL: e.URL}
		if doc, ok := find(found, e.ConversationKey()); ok && q.URL == "" {
			var p projection
			if err := decode(conversations, doc, &p); err != nil {
				return nil, err
			}
			if in := p.SessionOf(e); in != nil {
				q.URL = in.URL
			}
		}
		asked[d.ID] = q
	}
	return asked, nil
}
