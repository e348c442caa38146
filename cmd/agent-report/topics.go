package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
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

type groupTopicsCmd struct {
	Names bool   `help:"Print the topics, largest first, with their names and how many questions each has."`
	File  string `arg:"" help:"A TSV in the order in which the questions came, with columns id and text, and lang where known; also gzipped; - is standard input."`
}

func (c *groupTopicsCmd) Run(a *app) error {
	in, _, err := a.openInput(c.File)
	if err != nil {
		return err
	}
	defer in.Close()
	ids, questions, err := readQuestions(in)
	if err != nil {
		return usagef("%s: %w", c.File, err)
	}
	state, err := topics.Group(a.ctx, questions)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(a.out)
	if c.Names {
		list, _ := state.List(topics.Filter{}, time.Time{})
		slices.SortStableFunc(list, func(a, b topics.Summary) int { return cmp.Or(b.Questions-a.Questions, a.Topic-b.Topic) })
		for _, t := range list {
			fmt.Fprintf(w, "%d\t%s\n", t.Questions, t.Name)
		}
		return w.Flush()
	}
	for i, id := range ids {
		q, _ := state.Question(strconv.Itoa(i))
		fmt.Fprintf(w, "%s\t%d\n", id, q.Topic)
	}
	return w.Flush()
}

// readQuestions reads a TSV with a header.
func readQuestions(in io.Reader) (ids []string, questions []topics.Text, err error) {
	buffered := bufio.NewReader(in)
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		zip, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, nil, err
		}
		buffered = bufio.NewReader(zip)
	}
	lines := bufio.NewScanner(buffered)
	lines.Buffer(nil, 1<<20)
	id, text, language := -1, -1, -1
	for n := 1; lines.Scan(); n++ {
		fields := strings.Split(strings.TrimSuffix(lines.Text(), "\r"), "\t")
		if n == 1 {
			fields[0] = strings.TrimPrefix(fields[0], "\ufeff")
			id, text = slices.Index(fields, "id"), slices.Index(fields, "text")
			language = max(slices.Index(fields, "lang"), slices.Index(fields, "language"))
			if id < 0 || text < 0 {
				return nil, nil, fmt.Errorf("line 1: the header needs the columns id and text, parted by tabs; it has %q", fields)
			}
			continue
		}
		if len(fields) == 1 && fields[0] == "" {
			continue
		}
		if len(fields) <= max(id, text) {
			return nil, nil, fmt.Errorf("line %d: it has %d columns, the header asks for %d", n, len(fields), max(id, text)+1)
		}
		q := topics.Text{Text: reports.Shorten(fields[text], reports.MaxQuestion)}
		if language >= 0 && language < len(fields) {
			q.Language = fields[language]
		}
		ids, questions = append(ids, fields[id]), append(questions, q)
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, nil, fmt.Errorf("line %d: it is longer than 1 MiB", len(ids)+2)
	case err != nil:
		return nil, nil, err
	case id < 0:
		return nil, nil, errors.New("it is empty: the first line needs the columns id and text, parted by tabs")
	}
	return ids, questions, nil
}
