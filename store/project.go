package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"agentreport/reports"
)

// projection is a conversation's document.
type projection struct {
	reports.Conversation
	Fold int           `json:"fold"`           // the fold version that made it
	Days []reports.Day `json:"days,omitempty"` // to which it adds something
	// Dirty are the days to which it added or adds something that may not be
	// marked yet.
	Dirty []reports.Day `json:"dirty,omitempty"`
}

func projectionOf(events []reports.Event, rules reports.Rules) projection {
	p := projection{Conversation: rules.Fold(events), Fold: foldVersion}
	p.Days = rules.Days(&p.Conversation)
	return p
}

func (p *projection) doc(version int64, strippable reports.Day) Doc {
	keys := make([]Key, 0, len(p.Days)+4)
	for _, d := range p.Days {
		keys = append(keys, Key{"day", string(d)})
	}
	for _, v := range p.Visitors {
		keys = append(keys, Key{"visitor", v})
	}
	if len(p.Dirty) > 0 {
		keys = append(keys, Key{"dirty", "yes"})
	}
	if strippable != "" {
		keys = append(keys, Key{"strippable", string(strippable)})
	}
	if !p.AskedAt.IsZero() {
		// Whatever changed may concern its topics too: Group looks at it again.
		keys = append(keys, Key{"ungrouped", p.AskedAt.UTC().Format(notedLayout)})
	}
	doc := newDoc(p.Key(), p, keys...)
	doc.Version = version
	return doc
}

// projectAtOnce bounds how many conversations are held in memory, and how many
// documents are sent in one batch.
const projectAtOnce = 1000

// project folds conversations from their stored events and marks the days that
// change. It leaves nothing undone that it was told to do, whoever else
// projects the same conversations, and can be interrupted anywhere: what is
// left is pending or dirty, and Sweep projects it again.
//
// Fresh are events that the same transaction has just inserted, or nil: a
// conversation without a document has no others, and is not read again.
func (s *Store) project(ctx context.Context, b Backend, keys []string, fresh groups) error {
	for chunk := range slices.Chunk(keys, projectAtOnce) {
		for len(chunk) > 0 {
			lost, err := s.projectOnce(ctx, b, chunk, fresh)
			if err != nil {
				return err
			}
			chunk = lost
		}
	}
	return nil
}

// projectOnce returns the keys for which somebody else was faster.
func (s *Store) projectOnce(ctx context.Context, b Backend, keys []string, fresh groups) (lost []string, err error) {
	// What is pending now will have been folded in the end.
	pending, err := b.Find(ctx, events, Query{Index: "pending", In: keys})
	if err != nil {
		return nil, err
	}
	// The document is read before the events: whoever adds an event later also
	// swaps later, and then this swap is lost.
	before, err := b.Get(ctx, conversations, keys)
	if err != nil {
		return nil, err
	}
	toRead := keys
	if len(fresh) > 0 {
		toRead = make([]string, 0, len(keys))
		for _, key := range keys {
			if _, known := find(before, key); known || fresh[key] == nil {
				toRead = append(toRead, key)
			}
		}
	}
	found, err := b.Find(ctx, events, Query{Index: "conversation", In: toRead})
	if err != nil {
		return nil, err
	}
	gone, err := s.erasedAmong(ctx, b, keys)
	if err != nil {
		return nil, err
	}
	grouped, err := groupEvents(found)
	if err != nil {
		return nil, err
	}

	work := make([]*projecting, 0, len(keys))
	for _, key := range keys {
		g := grouped[key]
		doc, known := find(before, key)
		if !known && fresh[key] != nil {
			g = fresh[key]
		}
		if g == nil {
			continue // its event was never stored
		}
		p := &projecting{key: key, group: g}
		if known {
			p.version = doc.Version
			if err := decode(conversations, doc, &p.old); err != nil {
				return nil, err
			}
		}
		if gone[key] {
			stripped, err := s.stripStored(ctx, b, g, allText)
			if err != nil {
				return nil, err
			}
			if stripped {
				return keys, nil // again, with what is stored now
			}
		}
		p.fold(s.rules, b.Atomic())
		work = append(work, p)
	}

	if err := s.hear(ctx, b, work); err != nil {
		return nil, err
	}
	if err := write(ctx, b, work); err != nil {
		return nil, err
	}
	var dirty []string
	for _, p := range work {
		if p.lost {
			continue
		}
		for _, d := range p.marks {
			dirty = append(dirty, string(d))
		}
	}
	// Only after the swap: whoever reads a day sums it after it has read the
	// day's mark, so a mark that is seen stands for a conversation that is.
	if err := b.Touch(ctx, tallies, unique(dirty)); err != nil {
		return nil, err
	}
	if err := b.Unset(ctx, conversations, "dirty", marked(work)); err != nil {
		return nil, err
	}
	if err := clearPending(ctx, b, work, pending); err != nil {
		return nil, err
	}
	for _, p := range work {
		if p.lost {
			lost = append(lost, p.key)
		}
	}
	return lost, nil
}

// eventGroup is the stored events of one conversation.
type eventGroup struct {
	docs   []Doc
	stored []storedEvent
}

func (g *eventGroup) events() []reports.Event {
	list := make([]reports.Event, len(g.stored))
	for i := range g.stored {
		list[i] = g.stored[i].Event
	}
	return list
}

// groups are the stored events of conversations, by key.
type groups map[string]*eventGroup

func (g groups) add(key string, d Doc, e reports.Event) {
	group := g[key]
	if group == nil {
		group = &eventGroup{}
		g[key] = group
	}
	group.docs = append(group.docs, d)
	group.stored = append(group.stored, storedEvent{Event: e})
}

// find is the document with an id among some that are sorted by it.
func find(docs []Doc, id string) (Doc, bool) {
	i, ok := slices.BinarySearchFunc(docs, id, func(d Doc, id string) int { return strings.Compare(d.ID, id) })
	if !ok {
		return Doc{}, false
	}
	return docs[i], true
}

func groupEvents(docs []Doc) (groups, error) {
	grouped := groups{}
	for _, d := range docs {
		e, err := decodeEvent(d)
		if err != nil {
			return nil, err
		}
		grouped.add(e.Event.ConversationKey(), d, e.Event)
	}
	return grouped, nil
}

// projecting is the work on one conversation.
type projecting struct {
	key     string
	group   *eventGroup
	old     projection
	version int64 // of the old document; 0 where there is none
	new     projection
	marks   []reports.Day // days to mark
	lost    bool
	strip   reports.Day
	heard   []time.Time // when its events happened, one an hour
}

func (p *projecting) fold(rules reports.Rules, atomic bool) {
	list := p.group.events()
	for i := range list {
		if e := &list[i]; isStrippable(e) {
			if d := reports.DayOf(e.At, time.UTC); p.strip == "" || d < p.strip {
				p.strip = d
			}
		}
		if n := len(p.heard); n == 0 || !p.heard[n-1].Truncate(time.Hour).Equal(list[i].At.Truncate(time.Hour)) {
			p.heard = append(p.heard, list[i].At)
		} else if list[i].At.After(p.heard[n-1]) {
			p.heard[n-1] = list[i].At
		}
	}
	p.new = projectionOf(list, rules)
	p.marks = slices.Concat(p.old.Days, p.new.Days, p.old.Dirty)
	slices.Sort(p.marks)
	p.marks = slices.Compact(p.marks)
	if !atomic {
		p.new.Dirty = p.marks
	}
}

// write makes the new facts visible: documents with a version are swapped, the
// others inserted.
func write(ctx context.Context, b Backend, work []*projecting) error {
	var inserts, swaps []Doc
	var inserting, swapping []*projecting
	for _, p := range work {
		if doc := p.new.doc(p.version, p.strip); p.version == 0 {
			inserts, inserting = append(inserts, doc), append(inserting, p)
		} else {
			swaps, swapping = append(swaps, doc), append(swapping, p)
		}
	}
	inserted, err := b.Insert(ctx, conversations, inserts)
	if err != nil {
		return err
	}
	swapped, err := b.Swap(ctx, conversations, swaps)
	if err != nil {
		return err
	}
	for i, p := range inserting {
		p.lost = !inserted[i]
		p.version = 1
	}
	for i, p := range swapping {
		p.lost = !swapped[i]
		p.version++
	}
	return nil
}

// marked are the documents whose days are marked. One that somebody else has
// written meanwhile has another version and stays dirty. Where everything takes
// effect at once none is.
func marked(work []*projecting) []Doc {
	var docs []Doc
	for _, p := range work {
		if !p.lost && len(p.new.Dirty) > 0 {
			docs = append(docs, Doc{ID: p.key, Version: p.version})
		}
	}
	return docs
}

// clearPending takes the mark off those events that were pending before the
// fold. One that somebody else has stripped meanwhile has another version and
// keeps its mark.
func clearPending(ctx context.Context, b Backend, work []*projecting, pending []Doc) error {
	lost := map[string]bool{}
	for _, p := range work {
		lost[p.key] = p.lost
	}
	var done []Doc
	for _, d := range pending {
		e, err := decodeEvent(d)
		if err != nil {
			return err
		}
		if !lost[e.Event.ConversationKey()] {
			done = append(done, d)
		}
	}
	return b.Unset(ctx, events, "pending", done)
}

// Sources lists every system that has sent events.
func (s *Store) Sources(ctx context.Context) ([]reports.Source, error) {
	return all[reports.Source](ctx, s, sources)
}

// hear remembers when each source sent something.
func (s *Store) hear(ctx context.Context, b Backend, work []*projecting) error {
	heard := map[string]*reports.Source{}
	for _, p := range work {
		src := heard[p.new.Source]
		if src == nil {
			src = &reports.Source{Name: p.new.Source}
			heard[src.Name] = src
		}
		if p.new.Test { // makes the source known, but is no sign of life
			continue
		}
		for _, at := range p.heard {
			src.Hear(at)
		}
	}
	inside := s.on(b)
	for name, news := range heard {
		ok, err := b.Insert(ctx, sources, []Doc{newDoc("source "+name, news)})
		if err != nil {
			return err
		}
		if ok[0] {
			continue
		}
		err = update(ctx, inside, sources, "source "+name, func(src *reports.Source) error {
			if !src.Merge(news) {
				return errUnchanged
			}
			return nil
		}, nil)
		if err != nil {
			return fmt.Errorf("source %s: %w", name, err)
		}
	}
	return nil
}
