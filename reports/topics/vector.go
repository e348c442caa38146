package topics

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"strings"

	"agentreport/reports"
)

// A feature is a stem, two stems in a row, or three characters of a word, as
// a hash: the state of a grouper holds no text.
type feature = uint32

func hash(kind byte, parts ...string) feature {
	h := fnv.New32a()
	h.Write([]byte{kind})
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum32()
}

// dim is one dimension of a vector.
type dim struct {
	feature feature
	weight  float64
}

// vector is sparse, sorted by feature, and of length 1, or less where there is
// only one kind of feature.
type vector []dim

// tuning is every number of the method. They were chosen together, over all
// labelled data at once (docs/topics.md).
type tuning struct {
	Words      float64 // of a vector's squared length, the part of the stems; the rest is the characters'
	Background float64 // power of a function word's weight
	Prior      float64 // topics that are taken for seen before the first
	Size       float64 // power of a topic's size, in favour of larger ones
	Enough     float64 // questions from which on a topic's size counts no more
	Above      float64 // how many times the mean similarity of different topics two must have,
	Least      float64 // and how much beyond that
}

var tuned = tuning{
	Words: .7, Background: .45, Prior: 150,
	Size: .13, Enough: 17, Above: 2.4, Least: .145,
}

// vector makes the vector of a question as things are now.
func (g *Grouper) vector(t Text) vector {
	words := read(g.withoutStock(t.Text), t.Language)
	var stems, grams []dim
	for i, w := range words {
		weight := math.Pow(w.weight, g.tuning.Background)
		stems = append(stems, dim{hash('s', w.stem), weight})
		if i > 0 {
			both := math.Pow(words[i-1].weight*w.weight, g.tuning.Background/2)
			stems = append(stems, dim{hash('p', words[i-1].stem, w.stem), both})
		}
		runes := []rune("_" + w.folded + "_")
		for j := range len(runes) - 2 {
			grams = append(grams, dim{hash('g', string(runes[j:j+3])), weight})
		}
	}
	if len(words) == 0 {
		// Emoji, numbers or nothing: only the same is alike.
		stems = append(stems, dim{hash('t', strings.ToLower(reports.Clean(t.Text))), 1})
	}
	written := 1.0
	if len(t.Meaning) > 0 {
		written -= meant
	}
	dims := g.scale(stems, written*g.tuning.Words)
	dims = append(dims, g.scale(grams, written*(1-g.tuning.Words))...)
	for i, x := range t.Meaning {
		dims = append(dims, dim{hash('m', t.Model, strconv.Itoa(i)), math.Sqrt(meant) * float64(x)})
	}
	return sum(dims)
}

// meant is the part of the squared length that the meaning has, where there is
// one. What its similarities are worth is found by comparison, as for words: a
// pair must be well above the mean of different topics.
const meant = 0.5

// scale weighs each dimension by how few topics share it, and gives the whole
// a squared length.
func (g *Grouper) scale(dims []dim, squared float64) []dim {
	dims = sum(dims)
	length := 0.0
	for i := range dims {
		dims[i].weight *= g.rarity(dims[i].feature)
		length += dims[i].weight * dims[i].weight
	}
	if length == 0 {
		return nil
	}
	factor := math.Sqrt(squared / length)
	for i := range dims {
		dims[i].weight *= factor
	}
	return dims
}

// rarity is the inverse topic frequency. That of documents would take a word
// that one large topic is about for one that says nothing.
func (g *Grouper) rarity(f feature) float64 {
	t := g.tuning
	shared := 0
	if p, ok := g.index[f]; ok {
		shared = len(g.postings[p])
	}
	return math.Log((float64(g.alive) + t.Prior + 1) / (float64(shared) + 1 + t.Prior*rare))
}

// sum adds up the dimensions of the same feature.
func sum(dims []dim) []dim {
	slices.SortStableFunc(dims, func(a, b dim) int { return cmp.Compare(a.feature, b.feature) })
	out := dims[:0]
	for _, d := range dims {
		if n := len(out); n > 0 && out[n-1].feature == d.feature {
			out[n-1].weight += d.weight
		} else {
			out = append(out, d)
		}
	}
	return out
}

// dot is the similarity of two questions.
func dot(a, b vector) float64 {
	sum := 0.0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].feature < b[j].feature:
			i++
		case a[i].feature > b[j].feature:
			j++
		default:
			sum += a[i].weight * b[j].weight
			i++
			j++
		}
	}
	return sum
}
