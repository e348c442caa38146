package main

import (
	"cmp"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"agentreport/reports"
	"agentreport/reports/topics"
	"agentreport/store"
)

type topicsCmd struct {
	List  listTopicsCmd  `cmd:"" help:"List what the agent could not answer, the most asked first."`
	Group groupTopicsCmd `cmd:"" help:"Group the questions of a file, to see or score how well it is done; stores nothing."`
	Score scoreTopicsCmd `cmd:"" help:"Score the grouping of the labelled questions of a folder; stores nothing."`
}

type listTopicsCmd struct {
	Status  string `default:"open" enum:"open,answered,dismissed,snoozed" help:"open, answered, dismissed or snoozed (${default})."`
	Channel string `placeholder:"NAME" help:"Only questions of this channel."`
	Sort    string `default:"conversations" enum:"conversations,date" help:"conversations or date, of the last question (${default})."`
	Limit   int    `default:"50" help:"How many topics; 0 for all (${default})."`
	JSON    bool   `help:"As JSON."`
}

func (c *listTopicsCmd) Run(a *app) error {
	return a.with(func(s *store.Store, _ reports.Definition) error {
		if err := a.group(s); err != nil {
			return err
		}
		f := topics.Filter{Status: topics.Status(c.Status), Channel: c.Channel, Limit: c.Limit}
		if c.Sort == "date" {
			f.Order = topics.ByDate
		}
		list, total, err := s.Topics(a.ctx, f)
		if err != nil {
			return err
		}
		if c.JSON {
			return writeTopicsJSON(a.out, list, total)
		}
		if total == 0 {
			fmt.Fprintf(a.out, "No %s topics%s.\n", c.Status, inChannel(c.Channel))
			return nil
		}
		w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "TOPIC\tCONVERSATIONS\tLAST ASKED\tNAME")
		for _, t := range list {
			name := cmp.Or(t.Name, "(its questions are not kept any more)")
			if t.Returned {
				name += " (asked again)"
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", t.Topic, thousands(t.Conversations), t.Last.In(s.Rules().Zone).Format(time.DateOnly), name)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if more := total - len(list); more > 0 {
			fmt.Fprintf(a.out, "and %s more: --limit 0 lists all\n", thousands(more))
		}
		return nil
	})
}

func inChannel(name string) string {
	if name == "" {
		return ""
	}
	return " in channel " + name
}

// topicJSON is a topic as topics list --json prints it.
type topicJSON struct {
	Topic         int       `json:"topic"`
	Name          string    `json:"name"`
	Status        string    `json:"status"`
	Conversations int       `json:"conversations"`
	Questions     int       `json:"questions"`
	First         time.Time `json:"first_asked"`
	Last          time.Time `json:"last_asked"`
	Channels      []string  `json:"channels"`
	URL           string    `json:"url,omitzero"`
	Returned      bool      `json:"asked_again,omitzero"`
}

func writeTopicsJSON(w io.Writer, list []topics.Summary, total int) error {
	out := struct {
		Total  int         `json:"total"`
		Topics []topicJSON `json:"topics"`
	}{total, []topicJSON{}}
	for _, t := range list {
		out.Topics = append(out.Topics, topicJSON{
			t.Topic, t.Name, string(t.Status), t.Conversations, t.Questions, t.First, t.Last, t.Channels, t.URL, t.Returned,
		})
	}
	if err := json.MarshalWrite(w, out, jsontext.WithIndent("  ")); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// group puts the questions that are left into topics and shows how far it is.
func (a *app) group(s *store.Store) error {
	bar := a.progress(-1, "grouping questions")
	defer bar.Finish()
	_, err := s.Group(a.ctx, func(questions int) { bar.Set(questions) })
	return err
}
