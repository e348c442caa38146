package store

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"agentreport/reports"
	"agentreport/reports/topics"
)

// exportVersion is the version of the format that Export writes.
const exportVersion = 1

// exportHead is the first line of an export, exportFoot the last.
type exportHead struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	At      time.Time `json:"at"`
}

type exportFoot struct {
	Documents int `json:"documents"`
}

const exportFormat = "agent-report export"

// exportLine is one document. What is projected from events is not exported.
type exportLine struct {
	Collection string         `json:"collection"`
	ID         string         `json:"id"`
	Body       jsontext.Value `json:"body"`
}

// exported are the collections that hold facts, not what is computed of them.
// Erasures come first: what is restored after them is stripped. The journal
// comes before the events, or their questions would be grouped again, and after
// the snapshots, or one of them could be ahead of it.
var exported = []*Collection{erased, tokens, subscriptions, annotations, deliveries, answers, snapshots, journal, meanings, events}

// Export writes everything that was sent or set up, as NDJSON, and returns the
// number of documents. Progress is called with that number as it grows.
func (s *Store) Export(ctx context.Context, w io.Writer, progress func(documents int)) (int, error) {
	buf := bufio.NewWriterSize(w, 1<<16)
	n := 0
	line := func(v any) error {
		if err := json.MarshalWrite(buf, v); err != nil {
			return err
		}
		return buf.WriteByte('\n')
	}
	if err := line(exportHead{exportFormat, exportVersion, s.now().UTC()}); err != nil {
		return 0, err
	}
	for _, c := range exported {
		err := scan(ctx, s.backend, c, Query{}, func(docs []Doc) error {
			for _, d := range docs {
				if err := line(exportLine{c.Name, d.ID, d.Body}); err != nil {
					return err
				}
				n++
			}
			if progress != nil {
				progress(n)
			}
			return nil
		})
		if err != nil {
			return n, err
		}
	}
	if err := line(exportFoot{n}); err != nil {
		return n, err
	}
	return n, buf.Flush()
}

// restoringID is in the settings from the beginning of a restore to its end:
// until then the topics' journal is there without the texts that it is about.
const restoringID = "restoring"

// ErrRestoring is what an error wraps while a restore has not come to its end.
var ErrRestoring = errors.New("a restore is under way or was interrupted: run it again to its end")

// Restore reads what Export wrote. What is there already stays as it is, so
// that it can be run again after any interruption.
func (s *Store) Restore(ctx context.Context, r io.Reader, progress func(documents int)) (int, error) {
	dec := jsontext.NewDecoder(r)
	var head exportHead
	if err := json.UnmarshalDecode(dec, &head); err != nil {
		return 0, fmt.Errorf("not an export of agent-report: %w", err)
	}
	switch {
	case head.Format != exportFormat:
		return 0, errors.New("not an export of agent-report: its first line names no format")
	case head.Version != exportVersion:
		return 0, fmt.Errorf("the export has version %d, this program reads version %d", head.Version, exportVersion)
	}
	if _, err := s.backend.Insert(ctx, settings, []Doc{newDoc(restoringID, struct{}{})}); err != nil {
		return 0, fmt.Errorf("restore: %w", err)
	}
	var batch []reports.Event
	flush := func() error {
		_, err := s.Record(ctx, batch)
		batch = batch[:0]
		return err
	}
	for n := 0; ; n++ {
		raw, err := dec.ReadValue()
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			return n, fmt.Errorf("the export is cut off after %d documents: restore a whole one, what came is kept", n)
		}
		if err != nil {
			return n, fmt.Errorf("document %d: %w", n+1, err)
		}
		var foot exportFoot
		if json.Unmarshal(raw, &foot, json.RejectUnknownMembers(true)) == nil {
			if foot.Documents != n {
				return n, fmt.Errorf("the export says that it has %d documents and has %d", foot.Documents, n)
			}
			if err := flush(); err != nil {
				return n, err
			}
			return n, s.backend.Delete(ctx, settings, []string{restoringID})
		}
		var l exportLine
		if err := json.Unmarshal(raw, &l); err != nil {
			return n, fmt.Errorf("document %d: %w", n+1, err)
		}
		if l.Collection == events.Name {
			e, err := decodeEvent(Doc{ID: l.ID, Body: l.Body})
			if err != nil {
				return n, err
			}
			if batch = append(batch, e.Event); len(batch) == 10*projectAtOnce {
				if err := flush(); err != nil {
					return n, err
				}
				if progress != nil {
					progress(n)
				}
			}
			continue
		}
		if err := s.restore(ctx, l); err != nil {
			return n, err
		}
	}
}

func (s *Store) restore(ctx context.Context, l exportLine) error {
	for _, c := range exported {
		if c.Name != l.Collection {
			continue
		}
		doc := Doc{ID: l.ID, Body: l.Body}
		if c == deliveries {
			var d reports.Delivery
			if err := decode(c, doc, &d); err != nil {
				return err
			}
			doc.Keys = deliveryKeys(&d)
		}
		if c == journal {
			var e topics.Entry
			if err := decode(c, doc, &e); err != nil {
				return err
			}
			doc.Keys = entryDoc(l.ID, &e).Keys
		}
		if c == answers {
			doc.Keys = answerKeys(nil) // told again: better twice than never
		}
		ok, err := s.backend.Insert(ctx, c, []Doc{doc})
		if err == nil && c == journal && !ok[0] {
			err = s.sameEntry(ctx, doc)
		}
		if err != nil {
			return fmt.Errorf("%s %s: %w", l.Collection, l.ID, err)
		}
		return nil
	}
	return fmt.Errorf("the export has a document of %q, which this version does not know", l.Collection)
}

// sameEntry refuses to mix the topics of two stores: a journal is one order of
// decisions, of which each rests on those before.
func (s *Store) sameEntry(ctx context.Context, doc Doc) error {
	var have, want topics.Entry
	if err := decode(journal, doc, &want); err != nil {
		return err
	}
	if _, err := s.get(ctx, journal, doc.ID, &have); err != nil {
		return err
	}
	if !bytes.Equal(newDoc("", have).Body, newDoc("", want).Body) {
		return errors.New("this store has topics of its own: restore into an empty store")
	}
	return nil
}
