package reports

import (
	"cmp"
	"slices"
	"time"
)

// Digest is "Impact this week": what the agent was worth in one week.
type Digest struct {
	Query  Query // over the week
	Week   Week
	Impact Impact
	// Open conversations make the figures provisional until SettlesAt.
	Open      int64
	SettlesAt time.Time
	Charts    []Table
	Gaps      []Gap
	MoreGaps  int        // beyond Gaps
	Effects   []Answered // of answers written in the weeks before
	Remarks   []Remark
	Silences  []Silence
	Silent    bool // nothing happened in the whole week
	// First says that there is no week before to compare with.
	First  bool
	Record Record
}

// Gap is a topic that the agent could not answer.
type Gap struct {
	Topic         int    // its number
	Name          string // as people see it
	Conversations int    // distinct ones that asked in the week
	LastAsked     time.Time
	URL           string // of the latest question that has one
}

// Remark is what an unhappy visitor wrote.
type Remark struct {
	Text    string // masked
	At      time.Time
	Channel string
	URL     string
}

// Source is what is known of one system that sends events.
type Source struct {
	Name   string    `json:"name"`
	LastAt time.Time `json:"last_at"` // of its latest event that is no test, by its own clock
}

// Silence is a source from which nothing came.
type Silence struct {
	Source string
	Since  time.Time
}

// Limits of what a digest shows.
const (
	MaxGaps    = 5
	MaxRemarks = 3
	// SilentAfter is how long before the end of the week a source's last event
	// must be for it to be called silent. It outlasts a weekend.
	SilentAfter = 72 * time.Hour
)

// recorded are the values of which a digest keeps a record.
var recorded = []Column{handled, resolved, resolutionTime, deflectionRate, helpful, resolutionRate, unengaged}

// digestCharts are the reports that a digest draws.
var digestCharts = []string{"activity", "rates", "channels", "feedback"}

// DigestInput is what a digest is made of.
type DigestInput struct {
	Week       Week
	Filter     string
	Definition Definition
	Now        time.Time
	Rules      Rules
	Days       []DayTally // of the DefaultWeeks weeks that end with Week
	Questions  []Note     // the unanswered ones of the week, in order of time
	Remarks    []Note     // negative feedback of the week with a comment, in order of time
	Answered   []Answered // topics with an answer, as they stand at the end of the week
	Sources    []Source   // every source that has sent events
	// Annotations are those of the whole time line.
	Annotations []Annotation
	Cohorts     []DayCohorts // of the ImpactRange of Week
	Before      *Record      // what the digest of the week before said; nil where there is none
}

// Note is a text from a conversation and where it comes from.
type Note struct {
	Conversation string // key
	Text         string
	Topic        NoteTopic // of a question
	At           time.Time
	Channel      string
	URL          string
	Rating       Rating // of feedback
}

// NoteTopic is the topic that a question belongs to.
type NoteTopic struct {
	Number  int
	Name    string
	Settled bool // the question was answered or dismissed, or the topic is snoozed
}

// DigestRange is the days that the digest of a week reads.
func DigestRange(w Week) Range {
	return Range{w.Monday().Add(-7 * (DefaultWeeks - 1)), w.Monday().Add(7)}
}

// Weekly makes the digest of a week. Its error says that what it is made of is damaged.
func Weekly(in DigestInput) (Digest, error) {
	q := Query{Range: in.Week.Range(), Channel: in.Filter, Definition: in.Definition, Now: in.Now, Rules: in.Rules}
	sum := Total(in.Days, q.Range, q.Channel)
	d := Digest{
		Query: q, Week: in.Week, Open: sum.Count(CountOpen, q.Definition), SettlesAt: sum.OpenUntil[q.Definition],
		Silent: sum.IsZero(),
		Record: Record{Week: in.Week, Definition: q.Definition.String(), Filter: q.Channel, At: in.Now, Values: map[string]Value{}},
	}
	for _, c := range recorded {
		if v := c.Value(&sum, q.Definition); !c.Optional || v.N > 0 {
			d.Record.Values[c.Name] = v
		}
	}
	var said *Impact
	if in.Before != nil {
		said = in.Before.Impact
	}
	var err error
	if d.Impact, err = ImpactOf(q, in.Days, in.Cohorts, said); err != nil {
		return d, err
	}
	d.Record.Impact = &d.Impact
	d.First = d.Impact.Figures[FigureHandled].Before == nil
	charts := q
	charts.Range = DigestRange(in.Week)
	for _, name := range digestCharts {
		r, _ := FindReport(name)
		cq := charts
		if r.Shape == Bars {
			cq = q
		}
		if t := r.Run(in.Days, cq); !t.IsEmpty() {
			t.Annotate(in.Annotations)
			d.Charts = append(d.Charts, t)
		}
	}
	d.Gaps = gaps(in.Questions)
	d.MoreGaps = max(0, len(d.Gaps)-MaxGaps)
	d.Gaps = d.Gaps[:len(d.Gaps)-d.MoreGaps]
	d.Effects = EffectsOf(in.Answered, in.Week.End(in.Rules.Zone))
	d.Remarks = remarks(in.Remarks)
	for _, s := range in.Sources {
		if !s.LastAt.IsZero() && s.LastAt.Before(in.Week.End(in.Rules.Zone).Add(-SilentAfter)) {
			d.Silences = append(d.Silences, Silence{s.Name, s.LastAt})
		}
	}
	return d, nil
}

// gaps are the topics of the questions that are open: the most asked first, of
// equals the latest.
func gaps(questions []Note) []Gap {
	byTopic := map[int]*Gap{}
	type ask struct {
		topic        int
		conversation string
	}
	asked := map[ask]bool{}
	var numbers []int
	for _, n := range questions {
		if n.Topic.Number == 0 || n.Topic.Settled {
			continue
		}
		g := byTopic[n.Topic.Number]
		if g == nil {
			g = &Gap{Topic: n.Topic.Number, Name: Mask(Clean(n.Topic.Name))}
			byTopic[g.Topic] = g
			numbers = append(numbers, g.Topic)
		}
		if one := (ask{g.Topic, n.Conversation}); !asked[one] {
			asked[one] = true
			g.Conversations++
		}
		g.LastAsked, g.URL = n.At, cmp.Or(n.URL, g.URL)
	}
	list := make([]Gap, 0, len(numbers))
	for _, number := range numbers {
		list = append(list, *byTopic[number])
	}
	slices.SortStableFunc(list, func(a, b Gap) int {
		return cmp.Or(b.Conversations-a.Conversations, b.LastAsked.Compare(a.LastAsked))
	})
	return list
}

// remarks are the latest, newest first.
func remarks(notes []Note) []Remark {
	var list []Remark
	for _, n := range slices.Backward(notes) {
		if text := Mask(Clean(n.Text)); text != "" && len(list) < MaxRemarks {
			list = append(list, Remark{text, n.At, n.Channel, n.URL})
		}
	}
	return list
}

// Quoted are the conversations that a digest made of these notes may quote.
func Quoted(lists ...[]Note) []string {
	var keys []string
	for _, l := range lists {
		for _, n := range l {
			keys = append(keys, n.Conversation)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
