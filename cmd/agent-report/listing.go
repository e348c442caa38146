package main

import (
	"cmp"
	"fmt"
	"time"

	"agentreport/reports"
	"agentreport/reports/lang"
	"agentreport/store"
)

// listed is a list of conversations in JSON: a row a session and week.
type listed struct {
	Zone          string           `json:"zone"`
	Definition    string           `json:"definition"`
	Channel       string           `json:"channel,omitzero"`
	From          reports.Day      `json:"from"`
	To            reports.Day      `json:"to"`
	Now           time.Time        `json:"now"`
	Conversations []map[string]any `json:"conversations"`
}

// list prints the sessions behind the figures of a span.
func (c *reportCmd) list(a *app, s *store.Store, q reports.Query) error {
	p, err := lang.New(cmp.Or(c.Language, a.cfg.DigestLanguage))
	if err != nil {
		return usageError{err}
	}
	each := func(f func(*reports.Listed) error) error {
		for l, err := range s.Listing(a.ctx, q) {
			if err != nil {
				return err
			}
			if err := f(&l); err != nil {
				return err
			}
		}
		return nil
	}
	switch {
	case c.CSV:
		return reports.WriteListedCSV(a.out, each)
	case c.JSON:
		out := listed{
			Zone: q.Rules.Zone.String(), Definition: q.Definition.String(), Channel: q.Channel,
			From: q.Range.From, To: q.Range.To, Now: q.Now.UTC(), Conversations: []map[string]any{},
		}
		err := each(func(l *reports.Listed) error {
			for i := range l.Weeks {
				out.Conversations = append(out.Conversations, l.Exact(&l.Weeks[i]))
			}
			return nil
		})
		if err != nil {
			return err
		}
		return a.printJSON(out)
	}
	rows := [][]string{{p.T("column_started"), p.T("column_conversation"), p.T("column_channel"), p.T("column_outcome"), p.T("column_because"), p.T("column_link")}}
	err = each(func(l *reports.Listed) error {
		outcome, because := p.Outcome(l, q.Definition)
		rows = append(rows, []string{
			p.Moment(l.StartedAt, q.Rules.Zone), reports.Shorten(reports.Clean(l.ID), 40), reports.Shorten(p.Name(l.Channel), 20), outcome, because, l.URL,
		})
		return nil
	})
	if err != nil {
		return err
	}
	if len(rows) == 1 {
		_, err := fmt.Fprintln(a.out, p.T("report_empty"))
		return err
	}
	return a.table(rows)
}
