package views

import (
	_ "embed"
	"html/template"
	"io"
	"regexp"
	"strings"

	"github.com/slack-go/slack"
)

//go:embed digest.html.tmpl
var pageSource string

var page = template.Must(template.New("page").Parse(pageSource))

// HTML writes a page that shows a message and its thread about as Slack does. File says
// where the picture of a file id is.
func HTML(w io.Writer, language string, file func(id string) string, m, thread Message) error {
	return page.Execute(w, struct {
		Language, Title string
		Blocks, Thread  []htmlBlock
	}{language, strings.SplitN(m.Text, "\n", 2)[0], htmlBlocks(m, file), htmlBlocks(thread, file)})
}

func htmlBlocks(m Message, file func(id string) string) []htmlBlock {
	var blocks []htmlBlock
	for _, b := range m.Blocks {
		switch b := b.(type) {
		case *slack.HeaderBlock:
			blocks = append(blocks, htmlBlock{Kind: "header", Text: template.HTML(template.HTMLEscapeString(b.Text.Text))})
		case *slack.SectionBlock:
			h := htmlBlock{Kind: "section"}
			if b.Text != nil {
				h.Text = mrkdwnHTML(b.Text.Text)
			}
			if b.Accessory != nil && b.Accessory.ButtonElement != nil {
				h.Buttons = []string{b.Accessory.ButtonElement.Text.Text}
			}
			for _, f := range b.Fields {
				h.Fields = append(h.Fields, mrkdwnHTML(f.Text))
			}
			blocks = append(blocks, h)
		case *slack.ContextBlock:
			h := htmlBlock{Kind: "context"}
			for _, e := range b.ContextElements.Elements {
				if t, ok := e.(*slack.TextBlockObject); ok {
					h.Text += mrkdwnHTML(t.Text)
				}
			}
			blocks = append(blocks, h)
		case *slack.ActionBlock:
			h := htmlBlock{Kind: "actions"}
			for _, e := range b.Elements.ElementSet {
				if button, ok := e.(*slack.ButtonBlockElement); ok {
					h.Buttons = append(h.Buttons, button.Text.Text)
				}
			}
			blocks = append(blocks, h)
		case *slack.DividerBlock:
			blocks = append(blocks, htmlBlock{Kind: "divider"})
		case *slack.ImageBlock:
			blocks = append(blocks, htmlBlock{Kind: "image", Title: b.Title.Text, Alt: b.AltText, Source: file(b.SlackFile.ID)})
		default:
			blocks = append(blocks, htmlBlock{Kind: "section", Text: template.HTML("[" + template.HTMLEscapeString(string(b.BlockType())) + "]")})
		}
	}
	return blocks
}

type htmlBlock struct {
	Kind   string
	Text   template.HTML
	Fields []template.HTML
	Title  string
	Alt    string
	Source string
	// Buttons are there to be seen.
	Buttons []string
}

var (
	linkMark = regexp.MustCompile(`<(https?://[^|<>\s]+)\|([^<>]*)>`)
	boldMark = regexp.MustCompile(`\*([^*\n]+)\*`)
	codeMark = regexp.MustCompile("`([^`\n]+)`")
)

// mrkdwnHTML shows the part of mrkdwn that this package writes: bold, code,
// links and quotes.
func mrkdwnHTML(s string) template.HTML {
	// What is escaped stays so: the entities of mrkdwn are those of HTML, and a
	// sign that is not escaped is markup of this package.
	s = strings.ReplaceAll(s, `"`, "&#34;")
	s = linkMark.ReplaceAllString(s, `<a href="$1" rel="noreferrer">$2</a>`)
	s = boldMark.ReplaceAllString(s, "<b>$1</b>")
	s = codeMark.ReplaceAllString(s, "<code>$1</code>")
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if quoted, ok := strings.CutPrefix(l, ">"); ok {
			lines[i] = "<blockquote>" + quoted + "</blockquote>"
		} else if i+1 < len(lines) {
			lines[i] += "<br>"
		}
	}
	return template.HTML(strings.Join(lines, ""))
}
