package topics

import (
	"math"
	"slices"
)

// Grouper is the method: it sees one question after another and says which
// belong together. It holds a sparse vector a topic, the sum of its questions'
// vectors, and knows topics by number, in the order in which they were opened.
//
// A question joins the topic with which it has the highest score, if that is
// high enough, else it opens one; then the topic that it joined and its nearest
// merge, while their score is high enough. The score of two topics is the mean
// similarity (cosine) of their questions, with a little more for larger topics.
// High enough is relative to the mean similarity of questions of different
// topics: in a bank's questions everything resembles everything.
type Grouper struct {
	tuning   tuning
	centroid []centroid          // by topic
	alive    int                 // topics that are not merged into another
	index    map[feature]int32   // place in postings
	postings [][]posting         // sorted by topic
	all      float64             // sum of the similarities of all pairs of questions
	within   float64             // of those, pairs in the same topic
	size     float64             // questions
	pairs    float64             // pairs in the same topic
	apart    map[[2]int]struct{} // topics that people have set apart
	clauses  map[feature]int32   // how many questions begin or end with a clause
	dots     []float64           // scratch
}

// centroid is what the grouper knows of one topic.
type centroid struct {
	size     float64 // questions; 0 once merged, or for a topic that people or a source made
	features []int32 // places in postings, in no order
	into     int     // the topic that it was merged into, else its own number
	closed   bool    // takes no question: a source's own topic
	named    bool    // by a person
}

// posting is a topic's weight in one feature.
type posting struct {
	topic  int32
	weight float64
}

// NewGrouper returns a grouper that has seen nothing.
func NewGrouper() *Grouper {
	return &Grouper{tuning: tuned, index: map[feature]int32{}, apart: map[[2]int]struct{}{}, clauses: map[feature]int32{}}
}

// similarities are the sums of the similarities of a question to each topic's
// questions. They hold until the next call.
func (g *Grouper) similarities(v vector) []float64 {
	g.dots = slices.Grow(g.dots[:0], len(g.centroid))[:len(g.centroid)]
	clear(g.dots)
	for _, d := range v {
		if p, ok := g.index[d.feature]; ok {
			for _, post := range g.postings[p] {
				g.dots[post.topic] += post.weight * d.weight
			}
		}
	}
	return g.dots
}

// bonus is in favour of larger topics: among many questions are more wordings,
// so that their mean similarity is lower. It ends early, or giants would
// swallow everything.
func (g *Grouper) bonus(size float64) float64 {
	return math.Pow(min(size, g.tuning.Enough), g.tuning.Size)
}

// score is that of two topics, from the sum of their questions' similarities.
func (g *Grouper) score(sum, sizeA, sizeB float64) float64 {
	return sum / (sizeA * sizeB) * g.bonus(sizeA) * g.bonus(sizeB)
}

// enough is the score from which on two topics are one.
func (g *Grouper) enough() float64 {
	between := 0.0
	if pairs := g.size*(g.size-1)/2 - g.pairs; pairs > 0 {
		between = max(0, (g.all-g.within)/pairs)
	}
	return g.tuning.Least + g.tuning.Above*between
}

// nearest is the topic that a question belongs to, or -1.
func (g *Grouper) nearest(v vector) int {
	enough := g.enough()
	best, most := -1, 0.0
	for t, sum := range g.similarities(v) {
		c := &g.centroid[t]
		if c.size == 0 || c.closed {
			continue
		}
		if s := g.score(sum, 1, c.size); s > most && s >= enough {
			best, most = t, s
		}
	}
	return best
}

// open makes a topic.
func (g *Grouper) open() int {
	t := len(g.centroid)
	g.centroid = append(g.centroid, centroid{into: t})
	g.alive++
	return t
}

// add adds a question to a topic.
func (g *Grouper) add(v vector, t int) {
	sums := g.similarities(v)
	for _, sum := range sums {
		g.all += sum
	}
	c := &g.centroid[t]
	g.within += sums[t]
	g.pairs += c.size
	g.size++
	c.size++
	for _, d := range v {
		p, ok := g.index[d.feature]
		if !ok {
			p = int32(len(g.postings))
			g.index[d.feature] = p
			g.postings = append(g.postings, nil)
		}
		if g.addWeight(p, int32(t), d.weight) {
			c.features = append(c.features, p)
		}
	}
}

// find is the place of a topic among postings, and whether it is there.
func find(list []posting, topic int32) (int, bool) {
	return slices.BinarySearchFunc(list, topic, func(p posting, t int32) int { return int(p.topic - t) })
}

// addWeight adds to a topic's weight in a feature and reports whether it had none.
func (g *Grouper) addWeight(p, t int32, w float64) bool {
	list := g.postings[p]
	i, ok := find(list, t)
	if ok {
		list[i].weight += w
		return false
	}
	g.postings[p] = slices.Insert(list, i, posting{t, w})
	return true
}

// merging returns the topic that another is to be merged with, now that a
// question has come to it, or -1. Only topics to which that question is near
// can have come near enough.
func (g *Grouper) merging(v vector, t int) int {
	enough := g.enough()
	c := &g.centroid[t]
	best, most := -1, 0.0
	for o, sum := range g.similarities(v) {
		other := &g.centroid[o]
		if o == t || other.size == 0 || other.closed || sum/other.size*g.bonus(c.size)*g.bonus(other.size) < enough {
			continue
		}
		if c.named && other.named || g.areApart(t, o) {
			continue
		}
		if s := g.score(g.between(t, o), c.size, other.size); s >= enough && s > most {
			best, most = o, s
		}
	}
	return best
}

// between is the sum of the similarities of the questions of two topics.
func (g *Grouper) between(a, b int) float64 {
	if len(g.centroid[a].features) > len(g.centroid[b].features) {
		a, b = b, a
	}
	sum := 0.0
	for _, p := range g.centroid[a].features {
		if w := g.weightOf(p, int32(b)); w != 0 {
			sum += w * g.weightOf(p, int32(a))
		}
	}
	return sum
}

func (g *Grouper) weightOf(p, t int32) float64 {
	list := g.postings[p]
	i, ok := find(list, t)
	if !ok {
		return 0
	}
	return list[i].weight
}

// merge makes one topic of two. The older one stays.
func (g *Grouper) merge(a, b int) {
	a, b = min(a, b), max(a, b)
	older, younger := &g.centroid[a], &g.centroid[b]
	g.within += g.between(a, b)
	g.pairs += older.size * younger.size
	for _, p := range younger.features {
		list := g.postings[p]
		i, _ := find(list, int32(b))
		w := list[i].weight
		g.postings[p] = slices.Delete(list, i, i+1)
		if g.addWeight(p, int32(a), w) {
			older.features = append(older.features, p)
		}
	}
	older.size += younger.size
	older.named = older.named || younger.named
	older.closed = older.closed && younger.closed
	*younger = centroid{into: a}
	g.alive--
}

// resolve is the topic that another has become.
func (g *Grouper) resolve(t int) int {
	for g.centroid[t].into != t {
		t = g.centroid[t].into
	}
	return t
}

func (g *Grouper) areApart(a, b int) bool {
	for p := range g.apart {
		if g.isPair(p, a, b) {
			return true
		}
	}
	return false
}

// isPair reports whether two topics have become two others, in either order.
func (g *Grouper) isPair(p [2]int, a, b int) bool {
	x, y := g.resolve(p[0]), g.resolve(p[1])
	return x == a && y == b || x == b && y == a
}

// typical is the sum of the similarities of a question to a topic's questions.
func (g *Grouper) typical(v vector, t int) float64 {
	sum := 0.0
	for _, d := range v {
		if p, ok := g.index[d.feature]; ok {
			sum += d.weight * g.weightOf(p, int32(t))
		}
	}
	return sum
}

// take takes a question out of a topic. Its vector is that of today, not the
// one that was added, so what would change its sign becomes nothing.
func (g *Grouper) take(v vector, t int) {
	c := &g.centroid[t]
	if c.size == 0 {
		return
	}
	for _, d := range v {
		if p, ok := g.index[d.feature]; ok {
			switch w := g.weightOf(p, int32(t)); {
			case w > 0 && d.weight > 0:
				g.addWeight(p, int32(t), -min(w, d.weight))
			case w < 0 && d.weight < 0:
				g.addWeight(p, int32(t), -max(w, d.weight))
			}
		}
	}
	sums := g.similarities(v)
	for _, sum := range sums {
		g.all -= sum
	}
	g.within -= sums[t]
	c.size--
	g.size--
	g.pairs -= c.size
}

// join merges two topics that people or the grouper say are one.
func (g *Grouper) join(a, b int) {
	for p := range g.apart {
		if g.isPair(p, a, b) {
			delete(g.apart, p)
		}
	}
	g.merge(a, b)
}

// setApart keeps two topics from being merged by the grouper.
func (g *Grouper) setApart(a, b int) { g.apart[[2]int{a, b}] = struct{}{} }
