package topics

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/spanish"
	"golang.org/x/text/unicode/norm"

	"agentreport/reports"
)

// Text is a question as it was asked.
type Text struct {
	Text     string
	Language string // BCP 47; empty where nobody said
	// Meaning is the vector of a language model, of length 1; nil where there
	// is none. Those of other models are not compared.
	Meaning []float32
	Model   string
}

// word is one word of a question that may say what the question is about.
type word struct {
	folded string // lower case, without accents
	stem   string
	weight float64 // in (0, 1]: near 0 for the words of which every question is made
}

var (
	addressPattern = regexp.MustCompile(`(?i)\b(?:https?://|www\.)\S+|[\p{L}\p{N}._%+\-]+@[\p{L}\p{N}.\-]+`)
	// placeholderPattern is what reports.Mask leaves, and how people introduced themselves.
	placeholderPattern = regexp.MustCompile(`(?i)(?:\b(?:my (?:full |first |last )?name(?: is|'s|:)|name is|i am called|mi nombre es|me llamo|soy|i am|i'm)\s+)?\[[a-z ]+\]`)
	// namePattern is how people introduce themselves or sign. The name has to
	// begin with a capital: "this is urgent" names nobody.
	namePattern = regexp.MustCompile(`\b((?i:my name is|my name's|i am called|mi nombre es|me llamo|` +
		`this is|here is|i am|i'm|im|soy|le habla|dear|hi|hello|hey|hola|estimado|estimada|` +
		`regards,?|thanks,?|thank you,?|cheers,?|saludos,?|gracias,?|atentamente,?))((?:\s+\p{Lu}\p{Ll}+){1,3})`)
)

// read takes a question apart into words. Addresses, numbers, names of people
// and emoji say nothing about its topic and are left out.
func read(text, language string) []word {
	text = reports.Clean(text)
	if strings.ContainsAny(text, "@/.") {
		text = addressPattern.ReplaceAllString(text, " ")
	}
	text = placeholderPattern.ReplaceAllString(reports.Mask(text), " ")
	text = namePattern.ReplaceAllStringFunc(withoutOpening(text), withoutName)

	var raw []string
	for _, w := range strings.FieldsFunc(strings.ToLower(text), isBreak) {
		if w = strings.Trim(w, "'"); w != "" && !isNumber(w) {
			raw = append(raw, w)
		}
	}
	lang := languageOf(raw, language)
	words := make([]word, 0, len(raw))
	for _, w := range raw {
		f := fold(w)
		weight, known := lang.weights[f]
		if !known {
			weight = 1
		}
		words = append(words, word{folded: f, stem: lang.stem(w), weight: weight})
	}
	return words
}

// withoutName takes an introduction and the name out, but keeps what only looks
// like a name because the next sentence begins there ("Hi Where is").
func withoutName(m string) string {
	kept := " "
	for _, w := range strings.Fields(namePattern.FindStringSubmatch(m)[2]) {
		f := fold(strings.ToLower(w))
		if languages[0].weights[f] > 0 || languages[1].weights[f] > 0 {
			kept += w + " "
		}
	}
	return kept
}

// isBreak reports what stands between words. Scripts that do not part words by
// blanks give one long word, of which the character n-grams are used.
func isBreak(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
}

// isNumber reports order numbers, amounts, dates and codes; "2fa" is a word.
func isNumber(w string) bool {
	digits, letters := 0, 0
	for _, r := range w {
		if unicode.IsDigit(r) {
			digits++
		} else {
			letters++
		}
	}
	return digits > 0 && (letters == 0 || digits >= 3)
}

// fold takes the accents off, as people who type in a hurry do.
func fold(s string) string {
	ascii := true
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		switch {
		case r == '’':
			b.WriteByte('\'')
		case unicode.Is(unicode.Mn, r) && r < 0x370: // the accents of Latin
		default:
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// language is what is known of one language.
type language struct {
	code    string
	weights map[string]float64 // of its function words
	stem    func(string) string
}

var languages = []language{
	{"en", weights(englishWords), func(w string) string { return english.Stem(fold(w), false) }},
	// The Spanish stemmer looks at accents, so they go only afterwards.
	{"es", weights(spanishWords), func(w string) string { return fold(spanish.Stem(w, false)) }},
	{"", nil, fold},
}

// languageOf is the language that was told, else the one of whose function
// words the question has most, else none.
func languageOf(words []string, told string) *language {
	told, _, _ = strings.Cut(strings.ToLower(told), "-")
	for i := range languages {
		if l := &languages[i]; told != "" && l.code == told {
			return l
		}
	}
	if told != "" {
		return &languages[len(languages)-1]
	}
	best, most := &languages[len(languages)-1], 0
	latin := true
	for i := range languages {
		n := 0
		for _, w := range words {
			latin = latin && isLatin(w)
			if _, ok := languages[i].weights[fold(w)]; ok {
				n++
			}
		}
		if n > most {
			best, most = &languages[i], n
		}
	}
	if most == 0 && latin {
		return &languages[0]
	}
	return best
}

func isLatin(w string) bool {
	for _, r := range w {
		if unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) {
			return false
		}
	}
	return true
}
