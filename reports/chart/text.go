package chart

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"github.com/golang/freetype/truetype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/unicode/runenames"
)

//go:embed fonts/Roboto-Regular.ttf
var regularTTF []byte

//go:embed fonts/Roboto-Bold.ttf
var boldTTF []byte

//go:embed fonts/DejaVuSans.ttf
var symbolsTTF []byte

//go:embed fonts/DroidSansFallback.ttf
var asianTTF []byte

// typeface is a list of fonts: a character is drawn with the first that has it.
type typeface []*truetype.Font

var faces = sync.OnceValue(func() (f struct{ regular, bold typeface }) {
	parse := func(ttf []byte) *truetype.Font {
		font, err := truetype.Parse(ttf)
		if err != nil {
			panic(err) // the fonts are part of the program
		}
		return font
	}
	symbols, asian := parse(symbolsTTF), parse(asianTTF)
	f.regular = typeface{parse(regularTTF), symbols, asian}
	f.bold = typeface{parse(boldTTF), symbols, asian}
	return f
})

// run is a piece of text in one font.
type run struct {
	font *truetype.Font
	text string
}

// runs splits a text into pieces in the order in which they are drawn, from
// left to right, with Arabic letters joined and what no font has replaced by
// something readable.
func (f typeface) runs(text string) []run {
	var runs []run
	for _, r := range visual(text) {
		for _, c := range f.readable(r) {
			font := f.fontOf(c)
			if n := len(runs); n > 0 && runs[n-1].font == font {
				runs[n-1].text += string(c)
				continue
			}
			runs = append(runs, run{font, string(c)})
		}
	}
	return runs
}

func (f typeface) fontOf(r rune) *truetype.Font {
	for _, font := range f {
		if font.Index(r) != 0 {
			return font
		}
	}
	return f[0]
}

func (f typeface) has(r rune) bool {
	for _, font := range f {
		if font.Index(r) != 0 {
			return true
		}
	}
	return false
}

// readable is the character, or what stands for it where no font has it: its
// name for a symbol such as an emoji, nothing for what only changes the look of
// another, a question mark for a letter.
func (f typeface) readable(r rune) string {
	switch {
	case unicode.IsSpace(r):
		return " "
	case unicode.Is(unicode.Variation_Selector, r) || unicode.Is(unicode.Cf, r) || r >= 0x1f3fb && r <= 0x1f3ff:
		return ""
	case f.has(r):
		return string(r)
	case unicode.Is(unicode.Mn, r):
		return ""
	case unicode.IsSymbol(r):
		if name := runenames.Name(r); name != "" && !strings.HasPrefix(name, "<") {
			return "[" + strings.ToLower(name) + "]"
		}
	}
	return "?"
}

// width is how many pixels a text takes at a font size in pixels.
func (f typeface) width(text string, size float64) float64 {
	w := 0.0
	for _, r := range f.runs(text) {
		w += r.width(size)
	}
	return w
}

func (r run) width(size float64) float64 {
	scale := fixed.Int26_6(size * 64)
	var sum fixed.Int26_6
	last, first := truetype.Index(0), true
	for _, c := range r.text {
		i := r.font.Index(c)
		if !first {
			sum += r.font.Kern(scale, last, i)
		}
		sum += r.font.HMetric(scale, i).AdvanceWidth
		last, first = i, false
	}
	return float64(sum) / 64
}

// fit cuts a text so that it takes at most some pixels.
func (f typeface) fit(text string, size, most float64) string {
	if f.width(text, size) <= most {
		return text
	}
	runes := []rune(text)
	low, high := 0, len(runes) // the longest prefix that fits
	for low < high {
		mid := (low + high + 1) / 2
		if f.width(string(runes[:mid])+"…", size) <= most {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return strings.TrimRight(string(runes[:low]), " ") + "…"
}

// visual is a text in the order in which it is drawn, with Arabic letters in
// the forms that join.
func visual(text string) []rune {
	text = norm.NFC.String(text)
	if strings.IndexFunc(text, func(r rune) bool { return r >= 0x590 }) < 0 {
		return []rune(text)
	}
	var p bidi.Paragraph
	if _, err := p.SetString(text); err != nil {
		return []rune(text)
	}
	order, err := p.Order()
	if err != nil {
		return []rune(text)
	}
	var out []rune
	for i := range order.NumRuns() {
		r := order.Run(i)
		piece := []rune(r.String())
		if r.Direction() == bidi.RightToLeft {
			piece = []rune(bidi.ReverseString(string(join(piece))))
		}
		out = append(out, piece...)
	}
	return out
}

// forms are the shapes of an Arabic letter, or of lam with alef.
type forms struct{ isolated, final, initial, medial rune }

// arabic has the forms of each letter. They stand in this order in the block
// Arabic Presentation Forms-B of Unicode, where each decomposes to its letter.
var arabic = sync.OnceValue(func() map[string]forms {
	m := map[string]forms{}
	for r := rune(0xfe80); r <= 0xfefc; r++ {
		letter := norm.NFKC.String(string(r))
		f, seen := m[letter]
		switch {
		case !seen:
			f.isolated = r
		case f.final == 0:
			f.final = r
		case f.initial == 0:
			f.initial = r
		default:
			f.medial = r
		}
		m[letter] = f
	}
	return m
})

// join replaces Arabic letters by the forms in which they join their
// neighbours.
func join(letters []rune) []rune {
	table := arabic()
	var out []rune
	joins := false // whether the letter before reaches over
	for i := 0; i < len(letters); i++ {
		if unicode.Is(unicode.Mn, letters[i]) {
			out = append(out, letters[i])
			continue
		}
		f, ok := table[string(letters[i])]
		if i+1 < len(letters) {
			if both, lig := table[string(letters[i:i+2])]; lig {
				f, ok = both, true
				i++
			}
		}
		if !ok {
			out = append(out, letters[i])
			joins = false
			continue
		}
		next := f.initial != 0 && i+1 < len(letters) && table[string(letters[i+1])].final != 0
		switch {
		case joins && next:
			out = append(out, f.medial)
		case joins:
			out = append(out, f.final)
		case next:
			out = append(out, f.initial)
		default:
			out = append(out, f.isolated)
		}
		joins = next
	}
	return out
}
