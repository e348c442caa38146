package store

import (
	"cmp"
	"context"
	"fmt"

	"agentreport/reports"
	"agentreport/reports/topics"
)

// Topic is a topic as it stands in the table of gaps.
type Topic struct {
	topics.Summary
	URL string // of the latest question that the filter lets through, or of its conversation
}

// Topics returns a page of the topics that a filter lets through, and how many
// there are in all.
func (s *Store) Topics(ctx context.Context, f topics.Filter) ([]Topic, int, error) {
	var list []topics.Summary
	var total int
	err := s.withTopics(ctx, func(state *topics.State) error {
		list, total = state.List(f, s.now())
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	keys := make([]string, len(list))
	for i, t := range list {
		keys[i] = t.Latest
	}
	urls, err := s.asked(ctx, keys)
	if err != nil {
		return nil, 0, err
	}
	page := make([]Topic, len(list))
	for i, t := range list {
		page[i] = Topic{t, urls[t.Latest].URL}
	}
	return page, total, nil
}

// Topic is one topic, by its number or that of one that became part of it. It
// wraps ErrNotFound where there is none.
func (s *Store) Topic(ctx context.Context, number int) (Topic, error) {
	var t Topic
	err := s.withTopics(ctx, func(state *topics.State) error {
		var ok bool
		if t.Summary, ok = state.Summary(number, s.now()); !ok {
			return fmt.Errorf("topic %d: %w", number, ErrNotFound)
		}
		return nil
	})
	if err != nil {
		return t, err
	}
	urls, err := s.asked(ctx, []string{t.Latest})
	t.URL = urls[t.Latest].URL
	return t, err
}

// Question is a question that the agent could not answer.
type Question struct {
	topics.Question
	Text     string // as it was asked, masked; empty once it is not kept any more
	Language string
	URL      string // its own, or its conversation's
}

// Questions returns a page of a topic's questions of a status, the latest
// first, and how many there are in all. An empty status means all.
func (s *Store) Questions(ctx context.Context, topic int, status topics.Status, offset, limit int) ([]Question, int, error) {
	var list []topics.Question
	var total int
	err := s.withTopics(ctx, func(state *topics.State) error {
		list, total = state.Questions(topic, status, offset, limit)
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	keys := make([]string, len(list))
	for i, q := range list {
		keys[i] = q.Key
	}
	found, err := s.asked(ctx, keys)
	if err != nil {
		return nil, 0, err
	}
	page := make([]Question, len(list))
	for i, q := range list {
		page[i] = found[q.Key]
		page[i].Question = q
	}
	return page, total, nil
}

// asked reads the texts and links of questions.
func (s *Store) asked(ctx context.Context, keys []string) (map[string]Question, error) {
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
	links, err := s.conversationURLs(ctx, unique(without))
	if err != nil {
		return nil, err
	}
	found := make(map[string]Question, len(docs))
	for i, d := range docs {
		e := &list[i].Event
		found[d.ID] = Question{
			Text: reports.Mask(reports.Clean(e.Question)), Language: e.Language,
			URL: cmp.Or(e.URL, links[e.ConversationKey()]),
		}
	}
	return found, nil
}

func (s *Store) conversationURLs(ctx context.Context, keys []string) (map[string]string, error) {
	docs, err := s.backend.Get(ctx, conversations, keys)
	if err != nil {
		return nil, fmt.Errorf("questions: %w", err)
	}
	urls := make(map[string]string, len(docs))
	for _, d := range docs {
		var p projection
		if err := decode(conversations, d, &p); err != nil {
			return nil, err
		}
		urls[d.ID] = p.URL
	}
	return urls, nil
}
