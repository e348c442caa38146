package fakeslack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// breaks are payloads that Slack refuses, by what they break. Each is a view or the
// blocks of a message, and breaks one rule of the table alone.
func breaks() map[string][]string {
	long := func(n int) string { return strings.Repeat("x", n) }
	plain := func(s string) string { return `{"type":"plain_text","text":"` + s + `"}` }
	markdown := func(s string) string { return `{"type":"mrkdwn","text":"` + s + `"}` }
	times := func(n int, f func(i int) string) string {
		var list []string
		for i := range n {
			list = append(list, f(i))
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	message := func(blocks ...string) string { return "[" + strings.Join(blocks, ",") + "]" }
	view := func(kind, more string, blocks ...string) string {
		return `{"type":"` + kind + `",` + more + `"blocks":[` + strings.Join(blocks, ",") + `]}`
	}
	modal := func(blocks ...string) string {
		return view("modal", `"title":`+plain("t")+`,"submit":`+plain("s")+`,`, blocks...)
	}
	section := func(s string) string { return `{"type":"section","text":` + markdown(s) + `}` }
	actions := func(elements string) string { return `{"type":"actions","elements":[` + elements + `]}` }
	button := func(more string) string {
		return `{"type":"button","action_id":"a","text":` + plain("b") + more + `}`
	}
	input := func(element string) string {
		return `{"type":"input","label":` + plain("l") + `,"element":` + element + `}`
	}
	text := func(more string) string { return `{"type":"plain_text_input","action_id":"a"` + more + `}` }
	option := func(i int) string { return `{"text":` + plain("o") + `,"value":"` + fmt.Sprint(i) + `"}` }
	menu := func(kind, options, more string) string {
		return `{"type":"` + kind + `","action_id":"a","options":` + options + more + `}`
	}
	one := times(1, option)
	image := func(more string) string {
		return `{"type":"image","alt_text":"a","image_url":"https://x.example/a.png"` + more + `}`
	}
	confirm := func(title, text, yes, no string) string {
		return message(actions(button(`,"confirm":{"title":` + plain(title) + `,"text":` + plain(text) + `,"confirm":` + plain(yes) + `,"deny":` + plain(no) + `}`)))
	}
	return map[string][]string{
		"title: maximum length of 24": {view("modal", `"title":`+plain(long(25))+`,`), view("modal", ""), view("modal", `"title":`+markdown("t")+`,`)},
		"submit: max length of 24":    {view("modal", `"title":`+plain("t")+`,"submit":`+plain(long(25))+`,`)},
		"close: maximum length":       {view("modal", `"title":`+plain("t")+`,"close":`+plain(long(25))+`,`)},
		"submit is required when an input": {
			view("modal", `"title":`+plain("t")+`,`, input(text(""))),
			view("modal", `"title":`+plain("t")+`,`, strings.Replace(input(text("")), `"label"`, `"dispatch_action":true,"label"`, 1)),
		},
		"title, submit and close are of modals alone": {view("home", `"close":`+plain("c")+`,`)},
		"blocks: max of 100":                          {modal(strings.Trim(times(101, func(int) string { return `{"type":"divider"}` }), "[]")), view("home", "", strings.Trim(times(101, func(int) string { return `{"type":"divider"}` }), "[]"))},
		"up to 50 blocks":                             {message(strings.Trim(times(51, func(int) string { return `{"type":"divider"}` }), "[]"))},
		"private_metadata:":                           {view("modal", `"title":`+plain("t")+`,"private_metadata":"`+long(3001)+`",`)},
		"callback_id:":                                {view("modal", `"title":`+plain("t")+`,"callback_id":"`+long(256)+`",`)},
		"focus_on_load:":                              {modal(input(text(`,"focus_on_load":true`)), input(text(`,"focus_on_load":true`)))},
		"block_id should be unique":                   {message(`{"type":"divider","block_id":"a"}`, `{"type":"divider","block_id":"a"}`)},
		"type of block":                               {message(`{"type":"carrousel"}`)},
		"block_id: maximum":                           {message(`{"type":"divider","block_id":"` + long(256) + `"}`)},
		"action_id: should be unique":                 {message(actions(button("") + "," + button("")))},
		"text: minimum 1, maximum 3000":               {message(`{"type":"section"}`)},
		"fields: maximum number":                      {message(`{"type":"section","fields":[]}`), message(`{"type":"section","fields":` + times(11, func(int) string { return markdown("x") }) + `}`)},
		"fields: maximum length":                      {message(`{"type":"section","fields":[` + markdown(long(2001)) + `]}`)},
		"accessory: one of":                           {message(`{"type":"section","text":` + markdown("x") + `,"accessory":` + text("") + `}`)},
		"text: plain text, maximum length 150":        {message(`{"type":"header","text":` + plain(long(151)) + `}`), message(`{"type":"header","text":` + markdown("x") + `}`)},
		"elements: maximum number of items is 10":     {message(`{"type":"context","elements":[]}`), message(`{"type":"context"}`), message(`{"type":"context","elements":` + times(11, func(int) string { return markdown("x") }) + `}`)},
		"elements: there is a maximum of 25":          {message(`{"type":"actions","elements":[]}`), message(`{"type":"actions","elements":` + times(26, func(i int) string { return strings.Replace(button(""), `"a"`, `"a`+fmt.Sprint(i)+`"`, 1) }) + `}`)},
		"elements: interactive":                       {message(actions(text("")))},
		"label: plain text, maximum length 2000":      {modal(strings.Replace(input(text("")), plain("l"), plain(long(2001)), 1)), modal(strings.Replace(input(text("")), `"label":`+plain("l")+`,`, "", 1))},
		"hint: plain text":                            {modal(strings.Replace(input(text("")), `"label"`, `"hint":`+plain(long(2001))+`,"label"`, 1))},
		"element: one of the elements":                {modal(input(button(""))), modal(`{"type":"input","label":` + plain("l") + `}`)},
		"rows: at most 100":                           {message(`{"type":"data_table","rows":[]}`), message(`{"type":"data_table","caption":"c","rows":` + times(101, func(int) string { return "{}" }) + `}`)},
		"in messages alone":                           {modal(`{"type":"data_visualization","title":"x"}`), message(`{"type":"data_visualization","title":"` + long(51) + `"}`)},
		"alt_text: required":                          {message(`{"type":"image","image_url":"https://x.example/a.png"}`), message(`{"type":"image","alt_text":"` + long(2001) + `","image_url":"https://x.example/a.png"}`)},
		"title: plain text, maximum length 2000":      {message(image(`,"title":` + plain(long(2001)))), message(image(`,"title":` + markdown("x")))},
		"one of image_url and slack_file":             {message(`{"type":"image","alt_text":"a"}`)},
		"image_url: maximum":                          {message(`{"type":"image","alt_text":"a","image_url":"https://x.example/` + long(3000) + `"}`)},
		"slack_file must be":                          {message(`{"type":"image","alt_text":"a","slack_file":{"id":"F1"}}`)},
		"type: plain_text or mrkdwn":                  {message(`{"type":"section","text":{"type":"markdown","text":"x"}}`)},
		"text: the minimum length is 1":               {message(`{"type":"context","elements":[` + markdown("") + `]}`), message(`{"type":"context","elements":[` + markdown(long(3001)) + `]}`)},
		"emoji is only usable":                        {message(`{"type":"section","text":{"type":"mrkdwn","text":"x","emoji":true}}`)},
		"verbatim is only usable":                     {message(`{"type":"header","text":{"type":"plain_text","text":"x","verbatim":true}}`)},
		"action_id: maximum length":                   {message(actions(strings.Replace(button(""), `"a"`, `"`+long(256)+`"`, 1)))},
		"placeholder:":                                {modal(input(text(`,"placeholder":` + plain(long(151)))))},
		"text: plain text, maximum length 75":         {message(actions(strings.Replace(button(""), plain("b"), plain(long(76)), 1)))},
		"value: maximum length 2000":                  {message(actions(button(`,"value":"` + long(2001) + `"`)))},
		"url: maximum length 3000":                    {message(actions(button(`,"url":"` + long(3001) + `"`)))},
		"accessibility_label:":                        {message(actions(button(`,"accessibility_label":"` + long(76) + `"`)))},
		"style: primary or danger":                    {message(actions(button(`,"style":"default"`)))},
		"dispatch_action_config only":                 {message(actions(button(`,"dispatch_action_config":{}`)))},
		"response_url_enabled:":                       {message(actions(`{"type":"conversations_select","action_id":"a","response_url_enabled":true}`))},
		"min_length, max_length":                      {modal(input(text(`,"min_length":5,"max_length":4`))), modal(input(text(`,"max_length":3001`))), modal(input(text(`,"max_length":0`)))},
		"initial_value: at most":                      {modal(input(text(`,"initial_value":"` + long(3001) + `"`)))},
		"min_value cannot be greater":                 {modal(input(`{"type":"number_input","is_decimal_allowed":false,"min_value":"5","max_value":"4"}`)), modal(input(`{"type":"number_input"}`))},
		"initial_date":                                {message(actions(`{"type":"datepicker","initial_date":"1.9.2026"}`))},
		"initial_time":                                {message(actions(`{"type":"timepicker","initial_time":"24:00"}`))},
		"filter.include":                              {message(actions(`{"type":"conversations_select","filter":{"include":[]}}`))},
		"options: maximum number of options is 100":   {message(actions(menu("static_select", times(101, option), ""))), message(actions(menu("multi_static_select", "[]", ""))), message(actions(menu("static_select", one, `,"option_groups":[]`)))},
		"options: an array of up to 5":                {message(actions(menu("overflow", times(6, option), "")))},
		"options: a maximum of 10":                    {message(actions(menu("checkboxes", times(11, option), ""))), message(actions(menu("radio_buttons", times(11, option), "")))},
		"initial_option must exactly match":           {message(actions(menu("static_select", one, `,"initial_option":`+option(2)))), message(actions(menu("checkboxes", one, `,"initial_options":[]`)))},
		"values of options are distinct":              {message(actions(menu("static_select", times(2, func(int) string { return option(1) }), "")))},
		"text: maximum length 75":                     {message(actions(menu("static_select", `[{"text":`+plain(long(76))+`,"value":"v"}]`, ""))), message(actions(menu("static_select", `[{"value":"v"}]`, "")))},
		"text: overflow, select":                      {message(actions(menu("static_select", `[{"text":`+markdown("x")+`,"value":"v"}]`, "")))},
		"value: maximum length 150":                   {message(actions(menu("static_select", `[{"text":`+plain("x")+`,"value":"`+long(151)+`"}]`, "")))},
		"description: maximum":                        {message(actions(menu("checkboxes", `[{"text":`+plain("x")+`,"value":"v","description":`+plain(long(76))+`}]`, "")))},
		"url: only available in overflow":             {message(actions(menu("static_select", `[{"text":`+plain("x")+`,"value":"v","url":"https://x.example"}]`, "")))},
		"label: plain text, maximum length 75":        {message(actions(`{"type":"static_select","option_groups":[{"label":` + plain(long(76)) + `,"options":` + one + `}]}`))},
		"title: plain text, maximum length 100":       {confirm(long(101), "t", "y", "n")},
		"text: maximum length 300":                    {confirm("t", long(301), "y", "n")},
		"confirm: plain text":                         {confirm("t", "t", long(31), "n")},
		"deny: plain text":                            {confirm("t", "t", "y", long(31))},
		"needs an Options Load URL":                   {message(actions(`{"type":"external_select","action_id":"a"}`))},
		"": { // nothing
			message(section("x"), actions(button(`,"style":"danger"`)+","+strings.Replace(menu("overflow", one, ""), `"a"`, `"b"`, 1))),
			modal(input(text(`,"min_length":1,"max_length":3000`)), input(menu("checkboxes", times(10, option), `,"initial_options":`+one))),
			view("home", "", section("x"), image("")),
			message(actions(`{"type":"conversations_select","filter":{"include":["public"]}}`)),
			confirm("t", "t", "y", "n"),
		},
	}
}

// TestTable holds every rule by a payload that breaks it alone.
func TestTable(t *testing.T) {
	t.Parallel()
	broken := breaks()
	of := func(r *rule) []string {
		for says, payloads := range broken {
			if says != "" && strings.HasPrefix(r.says, says) || says == "up to 50 blocks" && strings.Contains(r.says, says) {
				return payloads
			}
		}
		return nil
	}
	s := New(nil)
	for i := range rules {
		r := &rules[i]
		if r.from == "" || len(of(r)) == 0 {
			t.Errorf("%s, %q: no source, or no payload that breaks it", r.on, r.says)
		}
	}
	for says, payloads := range broken {
		for _, p := range payloads {
			s.NoOptionsURL = says == "needs an Options Load URL"
			var bad []string
			if strings.HasPrefix(p, "[") {
				bad = s.Refuses(json.RawMessage(p))
			} else {
				bad = s.RefusesView(json.RawMessage(p))
			}
			if (len(bad) == 1) != (says != "") || len(bad) > 1 {
				t.Errorf("%q: refused for %q; want one reason, or none for nothing:\n%.300s", says, bad, p)
			}
		}
	}
	// Each rule alone refuses one of its payloads.
	s.NoOptionsURL = true
	for i := range rules {
		refused := false
		for _, p := range of(&rules[i]) {
			kind, root := "message", node{}
			if json.Unmarshal([]byte(p), &root) == nil {
				kind = str(root["type"])
			} else if err := json.Unmarshal([]byte(`{"blocks":`+p+`}`), &root); err != nil {
				t.Fatal(err)
			}
			refused = refused || len(s.refuses(rules[i:i+1], kind, root)) > 0
		}
		if !refused {
			t.Errorf("%s, %q refuses none of its payloads", rules[i].on, rules[i].says)
		}
	}
}
