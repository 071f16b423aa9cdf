"""Lookup tables: the list, one table with its entries and versions, and files in and out."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from portal import listing, lookup_reading, rule_drafts
from portal.actors import actor_of
from portal.forms.lookups import ImportForm, LookupVersionFilters, NewTableForm, TableFilters
from portal.keyset import Order
from provisioning.approvals.models import Approval
from provisioning.rules import lookup_csv, lookups
from provisioning.rules.lookup_entries import LookupRefused
from provisioning.rules.lookup_models import LookupTable, LookupVersion


def lookup_list(request: HttpRequest) -> HttpResponse:
    rows = LookupTable.objects.select_related("current")
    order = Order("name", descending=False)
    page = listing.build(request, rows, TableFilters, order=order, noun="table")
    context = {"asked": lookups.asked_for(), **rule_drafts.roles(request)}
    return listing.respond(request, "lookups/list.html", page, context)


def lookup_new(request: HttpRequest) -> HttpResponse:
    form = NewTableForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        if _propose(request, form, name):
            return redirect("lookup-detail", name=name)
    status = 400 if form.is_bound else 200
    return render(request, "lookups/new.html", {"form": form}, status=status)


def lookup_detail(request: HttpRequest, name: str) -> HttpResponse:
    """The table as it is, or as it was asked for. POST takes a file as its next version."""
    asked = lookups.asked_for(name)
    if asked:
        return _asked(request, asked[0])
    table, current = _get(name)
    form = ImportForm(request.POST or None, request.FILES or None, initial={"seen": current.digest})
    if request.method == "POST" and form.is_valid() and _propose(request, form, name):
        return redirect("lookup-detail", name=name)
    versions = LookupVersion.objects.filter(table=table).defer("entries")
    page = listing.build(
        request, versions, LookupVersionFilters, order=Order("number"), noun="version"
    )
    context = {
        "table": table,
        "current": current,
        "rows": lookup_reading.rows(current.entries),
        "count": len(current.entries),
        "users": lookups.users_of(name),
        **rule_drafts.asked(lookups.OBJECT_KIND, name),
        "form": form,
        "page": page,
        **rule_drafts.roles(request),
    }
    status = 400 if form.is_bound else 200
    return render(request, "lookups/detail.html", context, status=status)


def _asked(request: HttpRequest, last: Approval) -> HttpResponse:
    """A table that is not there yet: somebody has to agree, or has asked for changes."""
    name, entries = last.object_code, last.content["entries"]
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and _propose(request, form, name):
        return redirect("lookup-detail", name=name)
    context = {
        "name": name,
        "last": last,
        "rows": lookup_reading.rows(entries),
        "count": len(entries),
        **rule_drafts.asked(lookups.OBJECT_KIND, name),
        "form": form,
        **rule_drafts.roles(request),
    }
    status = 400 if form.is_bound else 200
    return render(request, "lookups/asked.html", context, status=status)


def lookup_version(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One version, and what it changed."""
    table, current = _get(name)
    version = _version(table, number)
    before = LookupVersion.objects.filter(table=table, number=version.number - 1).first()
    context = {
        "table": table,
        "current": current,
        "version": version,
        "rows": lookup_reading.rows(version.entries),
        "count": len(version.entries),
        "changes": lookup_reading.changes(before.entries if before else {}, version.entries),
        **rule_drafts.roles(request),
    }
    return render(request, "lookups/version.html", context)


def lookup_export(request: HttpRequest, name: str) -> HttpResponse:
    """The version in force as CSV, or with `?version=` another one."""
    table, current = _get(name)
    asked = request.GET.get("version", "")
    number = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
    version = current if not asked else _version(table, number)
    response = HttpResponse(
        lookup_csv.write(version.entries), content_type="text/csv; charset=utf-8"
    )
    filename = f"{table.name}-v{version.number}.csv"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _propose(request: HttpRequest, form: ImportForm, name: str) -> bool:
    """Whether the file became a version or a request; if not, the form says why."""
    said = form.cleaned_data
    try:
        made = lookups.propose(
            name,
            lookup_csv.read(said["file"].read(lookup_csv.MAX_BYTES + 1)),
            seen=said["seen"],
            reason=said["reason"],
            actor=actor_of(request),
        )
    except LookupRefused as refused:
        form.add_error("file", str(refused))
        return False
    if isinstance(made, Approval):
        messages.success(request, "Asked for. It is in force once somebody else approves.")
    else:
        messages.success(request, f"Version {made.number} is in force.")
    return True


def _get(name: str) -> tuple[LookupTable, LookupVersion]:
    table = get_object_or_404(LookupTable.objects.select_related("current"), name=name)
    if table.current is None:
        raise Http404
    return table, table.current


def _version(table: LookupTable, number: int) -> LookupVersion:
    if not 0 < number <= 2_147_483_647:
        raise Http404
    return get_object_or_404(LookupVersion, table=table, number=number)
