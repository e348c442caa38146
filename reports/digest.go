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
	Charts []Table // drawn in the message
	// ThreadCharts are drawn in its thread, beside Remarks.
	ThreadCharts []Table
	Gaps         []Gap
	MoreGaps     int        // beyond Gaps
	Effects      []Answered // of answers written in the weeks before
	Answers      Answers    // of all answers
	Remarks      []Remark
	Silent       bool // nothing happened in the whole week
	// First says that there is no week before to compare with.
	First  bool
	Record Record
}

// Gap is a topic that the agent could not answer.
type Gap struct {
	Topic         int    // its number
	Name          string // as people see it
	Conversations int    // distinct ones that asked in the week
	HandedOff     int    // of them passed on to a person
	LastAsked     time.Time
	URL           string   // of the latest question that has one
	Trend         GapTrend // on the weeks before
	Usual         float64  // conversations a week before, of one that grows
	SettledAt     time.Time
	Answered      bool // there is an answer for it
	// Inferred says that nobody saw it unanswered: its source thinks so, since a person took
	// over.
	Inferred bool
}

// GapTrend is how a gap stands to the weeks before.
type GapTrend string

// The trends.
const (
	GapNew   GapTrend = "new"  // first asked in the week
	GapBack  GapTrend = "back" // asked again after it was answered or dismissed
	GapGrows GapTrend = "up"   // asked more than its own weeks explain
)

// Remark is what an unhappy visitor wrote.
type Remark struct {
	Text    string // masked
	At      time.Time
	Channel string
	URL     string
}

// Limits of what a digest shows.
const (
	MaxGaps    = 5
	MaxRemarks = 3
)

// recorded are the values of which a digest keeps a record.
var recorded = []Column{handled, resolved, resolutionTime, deflectionRate, helpful, resolutionRate, unengaged}

// The reports that a digest draws: in its message, and in its thread.
var (
	digestCharts = []string{"activity", "rates"}
	threadCharts = []string{"channels", "feedback"}
)

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
	Minutes    float64    // that a person spends on a conversation; 0 where nobody said
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
	HandedOff    bool   // a person took over
	Inferred     bool   // of a question: its source thinks that it was not answered
}

// NoteTopic is the topic that a question belongs to.
type NoteTopic struct {
	Number  int
	Name    string
	Settled bool // the question was answered or dismissed, or the topic is snoozed
	// Asked is when each of its questions was asked, in order; SettledAt is when one of
	// them was last answered or dismissed, and Answered says that there is an answer.
	Asked     []Ask
	SettledAt time.Time
	Answered  bool
}

// Ask is one time that a topic was asked.
type Ask struct {
	At           time.Time
	Conversation string // key
	Inferred     bool
}

// DigestRange is the days that the digest of a week reads.
func DigestRange(w Week) Range {
	return Range{w.Monday().Add(-7 * (DefaultWeeks - 1)), w.Monday().Add(7)}
}

func (in *DigestInput) query() Query {
	return Query{Range: in.Week.Range(), Channel: in.Filter, Definition: in.Definition, Now: in.Now, Rules: in.Rules}
}

// Weekly makes the digest of a week. Its error says that what it is made of is damaged.
func Weekly(in DigestInput) (Digest, error) {
	q := in.query()
	sum := Total(in.Days, q.Range, q.Channel)
	d := Digest{
		Query: q, Week: in.Week, Silent: sum.IsZero(),
		Record: Record{Week: in.Week, Definition: q.Definition.String(), Filter: q.Channel, At: in.Now, Values: map[string]Value{}},
	}
	for _, c := range recorded {
		if v := c.Value(&sum, q.Definition); !c.Optional || v.N > 0 {
			d.Record.Values[c.Name] = v
		}
	}
	var err error
	if d.Impact, err = in.Impact(); err != nil {
		return d, err
	}
	d.Record.Impact = &d.Impact
	d.First = d.Impact.Figures[FigureHandled].Before == nil
	if !d.Silent { // there is nothing to see in its week
		if d.Charts, err = in.charts(q, digestCharts); err != nil {
			return d, err
		}
		if d.ThreadCharts, err = in.charts(q, threadCharts); err != nil {
			return d, err
		}
	}
	d.Gaps = gaps(in.Questions, in.Week, in.Rules.Zone)
	d.MoreGaps = max(0, len(d.Gaps)-MaxGaps)
	d.Gaps = d.Gaps[:len(d.Gaps)-d.MoreGaps]
	d.Effects = EffectsOf(in.Answered, in.Week.End(in.Rules.Zone))
	d.Answers = AllAnswers(in.Answered)
	d.Remarks = remarks(in.Remarks)
	return d, nil
}

// HasThread reports whether there is something to show in the thread of the message.
func (d *Digest) HasThread() bool { return len(d.ThreadCharts) > 0 || len(d.Remarks) > 0 }

// charts are the reports of some names that have something to show, over the weeks until
// the digest's or, where a report stands for one period, over its week.
func (in *DigestInput) charts(q Query, names []string) ([]Table, error) {
	var tables []Table
	for _, name := range names {
		r, _ := FindReport(name)
		if q.Range = in.Week.Range(); r.Shape != Bars {
			q.Range = DigestRange(in.Week)
		}
		t := r.Run(in.Days, q)
		switch {
		case t.IsEmpty(), r.Shape == Bars && len(t.Rows) < 2, r.Shape == Lines && !t.hasLine(), r.Shape == Stacked && t.isZero(): // there is nothing to see
		default:
			if _, ok := t.Learns(); ok {
				if err := t.Learn(in.Cohorts); err != nil {
					return nil, err
				}
			}
			t.Begin()
			t.Annotate(in.Annotations)
			tables = append(tables, t)
		}
	}
	return tables, nil
}

// gaps are the topics of the questions that are open: the most asked first, of equals the
// latest. Those of which all questions are inferred come after the others.
func gaps(questions []Note, w Week, zone *time.Location) []Gap {
	seen := map[int]bool{} // topics with a question that is not inferred
	for _, n := range questions {
		seen[n.Topic.Number] = seen[n.Topic.Number] || !n.Inferred && !n.Topic.Settled
	}
	byTopic := map[int]*Gap{}
	type ask struct {
		topic        int
		conversation string
	}
	asked := map[ask]bool{}
	past := map[int]*NoteTopic{}
	var numbers []int
	for _, n := range questions {
		if n.Topic.Number == 0 || n.Topic.Settled || n.Inferred && seen[n.Topic.Number] {
			continue
		}
		g := byTopic[n.Topic.Number]
		if g == nil {
			g = &Gap{Topic: n.Topic.Number, Name: Mask(Clean(n.Topic.Name)), SettledAt: n.Topic.SettledAt, Answered: n.Topic.Answered, Inferred: n.Inferred}
			past[n.Topic.Number] = &n.Topic
			byTopic[g.Topic] = g
			numbers = append(numbers, g.Topic)
		}
		if one := (ask{g.Topic, n.Conversation}); !asked[one] {
			asked[one] = true
			g.Conversations++
			if n.HandedOff {
				g.HandedOff++
			}
		}
		g.LastAsked, g.URL = n.At, cmp.Or(n.URL, g.URL)
	}
	list := make([]Gap, 0, len(numbers))
	for _, number := range numbers {
		g := byTopic[number]
		g.compare(past[number], w, zone)
		list = append(list, *g)
	}
	slices.SortStableFunc(list, func(a, b Gap) int {
		if a.Inferred != b.Inferred {
			if a.Inferred {
				return 1
			}
			return -1
		}
		return cmp.Or(b.Conversations-a.Conversations, b.LastAsked.Compare(a.LastAsked))
	})
	return list
}

// How a gap is known to grow: by at least so many conversations, of which chance alone
// would give as many less than once in a hundred times, after so many weeks at least.
const (
	growsFrom   = 5
	growsBeyond = 0.01
	growsAfter  = 3
)

// compare finds out how a gap stands to the weeks before, from when it was asked.
func (g *Gap) compare(t *NoteTopic, w Week, zone *time.Location) {
	h := history{n: float64(g.Conversations), of: 1}
	for i := 1; i <= LearnWeeks; i++ {
		v := w.Add(-i)
		if len(t.Asked) > 0 && !t.Asked[0].At.Before(v.End(zone)) {
			break // it was not known yet
		}
		h.before, h.outOf = append(h.before, float64(t.in(v, zone, g.Inferred))), append(h.outOf, 1)
	}
	switch {
	case !g.SettledAt.IsZero() && g.LastAsked.After(g.SettledAt):
		g.Trend = GapBack
	case len(t.Asked) > 0 && !t.Asked[0].At.Before(w.Start(zone)):
		g.Trend = GapNew
	case len(h.before) >= growsAfter && g.Conversations >= growsFrom:
		g.Usual = h.usual()
		chi, free := h.wander(false)
		if h.n > g.Usual && h.chance(false, max(1, chi/max(1, free))) < growsBeyond {
			g.Trend = GapGrows
		}
	}
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
