// Package lang says things to people: messages, numbers, dates and durations
// in English and Spanish.
package lang

import (
	"embed"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed active.*.toml
var catalogues embed.FS

// Languages are those that there is a catalogue for, the default first.
var Languages = []string{"en", "es"}

var bundle = func() *i18n.Bundle {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	for _, l := range Languages {
		if _, err := b.LoadMessageFileFS(catalogues, "active."+l+".toml"); err != nil {
			panic(err) // the catalogues are part of the program
		}
	}
	return b
}()

// Printer speaks one language. It is safe for concurrent use.
type Printer struct {
	Language string
	messages *i18n.Localizer
	numbers  *message.Printer
}

// New is the printer of a language, such as es or es-MX. A language that there
// is no catalogue for is an error.
func New(tag string) (*Printer, error) {
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	for _, l := range Languages {
		if l == base {
			numbers := language.MustParse(l)
			if l == "es" {
				// Castilian leaves 1234 ungrouped and writes 12 345 in three ways;
				// one that always groups is what a report wants.
				numbers = language.MustParse("es-CR")
			}
			return &Printer{l, i18n.NewLocalizer(bundle, l), message.NewPrinter(numbers)}, nil
		}
	}
	return nil, fmt.Errorf("%q is not a language of this program: use %s", tag, strings.Join(Languages, " or "))
}

// For is the printer of a person's language, else of English.
func For(tag string) *Printer {
	p, err := New(tag)
	if err != nil {
		p, _ = New("en")
	}
	return p
}

// Args fill in the gaps of a message.
type Args map[string]any

// T is a message of the catalogue. One that is not there is a fault of the
// program, which a test finds; it prints its id.
func (p *Printer) T(id string, args ...Args) string {
	c := &i18n.LocalizeConfig{MessageID: id}
	if len(args) > 0 {
		c.TemplateData = args[0]
	}
	s, err := p.messages.Localize(c)
	if err != nil {
		return id
	}
	return s
}

// Count is a message whose form depends on a number, which fills in N.
func (p *Printer) Count(id string, n int64, args ...Args) string {
	data := Args{}
	for _, a := range args {
		for k, v := range a {
			data[k] = v
		}
	}
	data["N"] = p.Number(n)
	s, err := p.messages.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: data, PluralCount: n})
	if err != nil {
		return id
	}
	return s
}

// Has reports whether the catalogue has a message.
func (p *Printer) Has(id string) bool {
	_, err := p.messages.Localize(&i18n.LocalizeConfig{MessageID: id})
	return err == nil
}
