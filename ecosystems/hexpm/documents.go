package hexpm

import (
	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
)

// question is an index to be asked for, and what to do with the answer.
type question struct {
	fetch.Request
	answer func(ecosystems.Document, error) error
}

// ask asks all questions at once and has them answered in their order, whatever
// the order in which the answers arrive. The first error of an answer ends it.
func (p *planner) ask(questions []question) error {
	if len(questions) == 0 {
		return p.ctx.Err()
	}
	requests := make([]fetch.Request, len(questions))
	for i, q := range questions {
		requests[i] = q.Request
	}
	type arrived struct {
		doc ecosystems.Document
		err error
	}
	waiting := map[int]arrived{}
	next := 0
	for doc, err := range p.in.Upstream.Documents(p.ctx, requests) {
		if ctxErr := p.ctx.Err(); ctxErr != nil {
			return ctxErr
		}
		waiting[doc.Index] = arrived{doc, err}
		for {
			a, ok := waiting[next]
			if !ok {
				break
			}
			delete(waiting, next)
			if err := questions[next].answer(a.doc, a.err); err != nil {
				return err
			}
			next++
		}
	}
	return p.ctx.Err()
}

// askIndexes asks for names and versions of each repository, its policies, and
// the lists of installs and builds.
func (p *planner) askIndexes() error {
	var all []question
	for _, s := range p.shelves {
		all = append(all, s.questions()...)
	}
	all = append(all, p.lists.questions()...)
	return p.ask(all)
}

// mandatory keeps an answer that a plan cannot do without.
func mandatory(to *ecosystems.Document) func(ecosystems.Document, error) error {
	return func(d ecosystems.Document, err error) error {
		*to = d
		return err
	}
}
