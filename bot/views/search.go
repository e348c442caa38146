package views

import (
	"github.com/slack-go/slack"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// The ids of the search over a list. A modal with an input needs a submit button,
// which a list has no use for: so the search is a form of its own over the list.
const (
	SearchOpen  = "search"
	SearchClear = "search_clear"
	SearchForm  = "search_form" // the view's callback id
	SearchText  = "search_text" // the input's block and action
)

// maxSearch is how long a search may be, in characters.
const maxSearch = 100

// SearchState is the list under a search: its view, and what is chosen in it.
type SearchState struct {
	List    string       `json:"list"` // GapsView or AnswersView
	View    string       `json:"view"`
	Gaps    GapsState    `json:"gaps,omitzero"`
	Answers AnswersState `json:"answers,omitzero"`
}

// SearchOver is a search of the list in which something was pressed.
func SearchOver(v slack.View) SearchState {
	s := SearchState{List: v.CallbackID, View: v.ID}
	switch s.List {
	case GapsView:
		s.Gaps = GapsIn(v)
	case AnswersView:
		s.Answers = AnswersIn(v)
	}
	return s
}

// SearchIn reads the form: the list under it, and what a person typed.
func SearchIn(v slack.View) (SearchState, string) {
	return decode[SearchState](v), reports.Shorten(reports.Clean(typed(v, SearchText)), maxSearch)
}

// Text is what the list is searched for now.
func (s *SearchState) text() string {
	if s.List == AnswersView {
		return s.Answers.Search
	}
	return s.Gaps.Search
}

// Search is the form.
func Search(s SearchState, p *lang.Printer) slack.ModalViewRequest {
	input := slack.NewPlainTextInputBlockElement(plain(p.T("gaps_search_hint"), 100), SearchText)
	input.InitialValue, input.MaxLength, input.FocusOnLoad = reports.Shorten(reports.Clean(s.text()), maxSearch), maxSearch, true
	block := slack.NewInputBlock(SearchText, plain(p.T("gaps_search"), 100), plain(p.T("search_empty"), 150), input)
	block.Optional = true
	v := modal(SearchForm, p.T("gaps_search"), s, []slack.Block{block}, p)
	v.Submit = plain(p.T("gaps_search"), 24)
	return v
}

// searchButtons open the form and, where a list is searched, end that.
func searchButtons(search string, p *lang.Printer) []slack.BlockElement {
	buttons := []slack.BlockElement{slack.NewButtonBlockElement(SearchOpen, "open", plain(p.T("search_open"), 75))}
	if search != "" {
		clear := p.T("search_clear", lang.Args{"Text": reports.Shorten(reports.Clean(search), 50)})
		buttons = append(buttons, slack.NewButtonBlockElement(SearchClear, "clear", plain(clear, 75)))
	}
	return buttons
}
