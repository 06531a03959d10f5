"""The command line: ``cheliu serve | worker | sandbox | migrate | found | hire | deploy | check | simulate |
draw | catalogue | cases | import-book | demo | living-demo | day-end | day-end-worker | backup | restore | rotate-key |
verify | check-deployment | travel``."""

from __future__ import annotations

import signal
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click

from cheliu.guarding import check_deployment, rotate_key, verify
from cheliu.living import living_demo
from company.clock import SystemClock
from company.messages import Refusal
from company.settings import Settings


class _Refusing(click.Group):
    """Shows a refusal as a sentence in both languages, not as a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except Refusal as refused:
            raise click.ClickException(f"{refused.text('zh')}\n       {refused.text('en')}") from refused


@click.group(cls=_Refusing)
def main() -> None:
    """车流 Cheliu: runs the business of a car-loan company on BPMN."""
    from company.logs import configure

    configure()


@main.command()
@click.option("--demo", is_flag=True, help="Serve a demo company; it is built on the first start.")
@click.option(
    "--processes", default=1, show_default=True, help="Serving processes (more than one: PostgreSQL)."
)
@click.option("--threads", default=8, show_default=True, help="Threads of each serving process.")
@click.option("--worker/--no-worker", default=True, show_default=True, help="Run jobs and timers here too.")
def serve(demo: bool, processes: int, threads: int, worker: bool) -> None:
    """Serve the pages; with --demo also the simulated bank."""
    from cheliu.serving import serve_until_stopped

    settings = Settings.from_environment()
    serve_until_stopped(settings, demo=demo, processes=processes, threads=threads, with_worker=worker)


@main.command()
def worker() -> None:
    """Run jobs, timers and the outbox until told to stop; any number of them on PostgreSQL."""
    from cheliu.wiring import open_house
    from cheliu.working import DayEnds, start_worker

    house = open_house(Settings.from_environment())
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    scheduler, day_ends = start_worker(house), DayEnds(house)
    day_ends.start()
    click.echo("cheliu worker: polling; Ctrl-C stops")
    stop.wait()
    day_ends.stop()
    scheduler.stop()
    house.close()


@main.command()
@click.option("--port", type=int, help="Default: that of BANK_URL.")
@click.option("--host", default="127.0.0.1", show_default=True)
def sandbox(port: int | None, host: str) -> None:
    """Run the simulated bank: a program of its own that says that it is one."""
    from cheliu.sandbox.bank import serve as serve_bank

    settings = Settings.from_environment()
    port = port or urlsplit(settings.bank_url).port or 80
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve_bank(settings.home / "sandbox-bank.db", secret=settings.bank_secret, host=host, port=port)


@main.command()
@click.argument("revision", default="head")
def migrate(revision: str) -> None:
    """Bring the database's schema to REVISION (default: the newest)."""
    from company import migrations
    from company.database import Database

    settings = Settings.from_environment()
    database, vault = Database(settings.database_url), settings.vault()
    if revision == "head":
        migrations.upgrade(database, vault=vault)
    else:
        migrations.downgrade(database, revision, vault=vault)
    click.echo(f"schema: {migrations.stands_at(database)}")


@main.command()
@click.option("--name", required=True, help="Legal name, Chinese.")
@click.option("--name-en", required=True, help="Legal name, English.")
@click.option("--code", required=True, help="Two letters, first in every contract number.")
@click.option("--lender-type", required=True, help="bank, auto_finance or micro_loan.")
@click.option(
    "--branch", "branches", multiple=True, required=True, help="CODE:中文名:English name:REGION6:CODE3"
)
@click.option(
    "--business-date", required=True, type=click.DateTime(["%Y-%m-%d"]), help="First day of the books."
)
@click.option("--admin", required=True, help="Sign-in name of the first administrator.")
@click.password_option("--password", help="Of the administrator.")
def found(
    name: str,
    name_en: str,
    code: str,
    lender_type: str,
    branches: tuple[str, ...],
    business_date: datetime,
    admin: str,
    password: str,
) -> None:
    """Found the company: units, roles, parameters, calendar, accounts, product, processes, an administrator."""
    from cheliu.setting_up import found_company

    found_company(
        Settings.from_environment(),
        name=name,
        name_en=name_en,
        code=code,
        lender_type=lender_type,
        branches=branches,
        business_date=business_date.date(),
        admin=admin,
        password=password,
    )
    click.echo(f"founded: {name}; cheliu hire adds people, cheliu serve starts it")


@main.command()
@click.argument("username")
@click.option("--name", required=True)
@click.option("--name-en", required=True)
@click.option("--unit", required=True, help="Code of the unit, HQ for the head office.")
@click.option("--role", "roles", multiple=True, required=True)
@click.password_option("--password")
def hire(username: str, name: str, name_en: str, unit: str, roles: tuple[str, ...], password: str) -> None:
    """Add an employee with roles at a unit."""
    from cheliu.setting_up import hire_person

    settings = Settings.from_environment()
    hire_person(
        settings, username, name=name, name_en=name_en, unit_code=unit, roles=roles, password=password
    )
    click.echo(f"hired: {username}")


@main.command()
@click.argument(
    "folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--note", required=True, help="Why: kept with the deployment.")
@click.option("--as", "username", required=True, help="Sign-in name of who deploys.")
def deploy(folders: tuple[Path, ...], note: str, username: str) -> None:
    """Deploy the diagrams, tables and forms of FOLDERS together, or list everything that is wrong with them."""
    from cheliu.deploying import deploy_folders

    click.echo(deploy_folders(Settings.from_environment(), folders, note=note, username=username))


_LANGUAGE = click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))


@main.command()
@_FILES
@_LANGUAGE
@click.option("--lenient", is_flag=True, help="Descriptive diagrams: only say what of them can be shown.")
def check(files: tuple[Path, ...], language: str, lenient: bool) -> None:
    """Check diagrams, tables and forms of any tool: a line each for what runs, is translated, ignored or refused.

    Exits 1 if anything is refused.
    """
    from cheliu.checking import check_files, sketch_files

    report = (sketch_files if lenient else check_files)(files, "en" if language == "en" else "zh")
    for line in report.lines:
        click.echo(line)
    sys.exit(1 if report.refused else 0)


@main.command()
@_FILES
@_LANGUAGE
@click.option("--seed", default=0, show_default=True, help="Another number, another path.")
@click.option(
    "--steps", default=200, show_default=True, type=click.IntRange(1, 100_000), help="Stop after so many."
)
def simulate(files: tuple[Path, ...], language: str, seed: int, steps: int) -> None:
    """Walk through diagrams by hand and by lot, executable or not, and say where the walk ends and why."""
    from cheliu.checking import simulate_files

    report = simulate_files(files, "en" if language == "en" else "zh", seed=seed, steps_max=steps)
    for line in report.lines:
        click.echo(line)
    sys.exit(1 if report.refused else 0)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("drawing", type=click.Path(dir_okay=False, path_type=Path))
def draw(file: Path, drawing: Path) -> None:
    """Write FILE to DRAWING with every shape and line that it lacks, so that a modeller can show it."""
    from cheliu.checking import draw_file

    drawn = draw_file(file)
    if drawn is None:
        raise click.ClickException(
            f"{file} 无法显示 / holds nothing that can be drawn; see cheliu check --lenient"
        )
    drawing.write_bytes(drawn)


@main.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--with",
    "more",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Offer the forms and decisions of this folder too.",
)
def catalogue(folder: Path | None, more: tuple[Path, ...]) -> None:
    """Write element templates for the desktop Camunda Modeler into FOLDER (default: .camunda/element-templates)."""
    from cheliu.catalogue import FOLDER, write_catalogue

    for path, count in write_catalogue(folder or FOLDER, more).items():
        click.echo(f"{path}: {count} templates")


@main.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def cases(folder: Path | None) -> None:
    """Run the JSON cases beside the diagrams against the real engine, on a database of their own."""
    from cheliu.cases import run_folder
    from cheliu.wiring import PROCESSES
    from company.logs import configure

    configure(level="ERROR")  # a case that makes the bank fail is no news
    sys.exit(1 if run_folder(folder or PROCESSES) else 0)


@main.command("import-book")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check everything and say what it comes to; nothing is kept.")
@click.option("--loans", type=int, help="Control: how many loans the old book has.")
@click.option("--principal", help="Control: the principal lent, yuan.")
@click.option("--balance", help="Control: the principal still owed, yuan.")
@click.option("--as", "username", required=True, help="Sign-in name of who takes the book over.")
def import_book(
    file: Path,
    dry_run: bool,
    loans: int | None,
    principal: str | None,
    balance: str | None,
    username: str,
) -> None:
    """Take the loans of an existing book over from FILE (.xlsx or .csv), all of them or none.

    The template is on the page 期初导入. Every wrong cell is told with its row; exits 1 then.
    """
    from cheliu.taking_over import take_over

    lines, done = take_over(
        Settings.from_environment(),
        file,
        dry_run=dry_run,
        controls=(loans, principal, balance),
        username=username,
    )
    for line in lines:
        click.echo(line)
    sys.exit(0 if done else 1)


@main.command()
@click.option("--without-cases", is_flag=True, help="Only found the company, for a rehearsal of one's own.")
def demo(without_cases: bool) -> None:
    """Build the demo company, or go on where building stopped."""
    from cheliu.demo.building import build, found_without_cases

    (found_without_cases if without_cases else build)(Settings.from_environment())


@main.command("day-end")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Default: the business date.")
@click.option(
    "--processes", type=click.IntRange(1, 64), help="PostgreSQL: over how many. Default: all cores."
)
def day_end(day: datetime | None, processes: int | None) -> None:
    """End the business date: interest, instalments due, penalty, categories, provisions, direct debit, next date.

    Run again it goes on where it stopped; a day that is complete stays as it is. No day is skipped.
    """
    from cheliu.day_end import run
    from cheliu.day_end_progress import shown
    from cheliu.wiring import open_house

    house = open_house(Settings.from_environment())
    try:
        with shown() as told:
            made = run(house, day.date() if day else None, processes=processes, told=told)
    finally:
        house.close()
    click.echo(f"day-end of {made.day}: complete, {made.loans:,} loans, {made.messages:,} messages")


@main.command("day-end-worker")
@click.option(
    "--concurrency", type=click.IntRange(1, 64), default=2, show_default=True, help="Parts at once."
)
def day_end_worker(concurrency: int) -> None:
    """Do parts of day-ends that another machine runs; both reach one PostgreSQL and CELERY_BROKER_URL."""
    from cheliu.day_end_workers import messages, work

    settings = Settings.from_environment()
    if settings.broker_url is None or settings.database_url.startswith("sqlite"):
        raise click.UsageError("CELERY_BROKER_URL and a DATABASE_URL of PostgreSQL are needed")
    work(settings, messages(settings.broker_url), concurrency=concurrency)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the whole company to FILE while it works: every table and document, but not the key.

    The file is the same from SQLite and PostgreSQL. Keep secret.key (or CHELIU_SECRET_KEY) apart: nothing can be read
    without it.
    """
    from cheliu.backing_up import back_up
    from cheliu.wiring import open_house

    house = open_house(Settings.from_environment())
    try:
        made = back_up(house, file)
    finally:
        house.close()
    click.echo(f"{file}: {made.said()}")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Bring the company of FILE into the empty database that DATABASE_URL names, and its documents into CHELIU_HOME.

    Rows, audit chain and trial balance are held against the backup; if anything differs, nothing is kept.
    """
    from cheliu.restoring import restore as bring_back
    from cheliu.wiring import assemble

    house = assemble(Settings.from_environment(), clock=SystemClock())
    try:
        made = bring_back(house, file)
    finally:
        house.close()
    click.echo(f"{house.database.url.render_as_string()}: {made.said()}")


@main.command()
@click.argument("seconds", type=int)
def travel(seconds: int) -> None:
    """Move the travelling clock (CHELIU_CLOCK_FILE) by SECONDS; what has become due happens at the next poll."""
    settings = Settings.from_environment()
    if settings.clock_file is None:
        raise click.UsageError("CHELIU_CLOCK_FILE names no clock; only a rehearsal has one")
    from company.clock import FileClock

    now = FileClock(settings.clock_file).advance(timedelta(seconds=seconds))
    click.echo(f"the clock now shows {now.isoformat(timespec='seconds')}")


main.add_command(rotate_key)
main.add_command(verify)
main.add_command(check_deployment)
main.add_command(living_demo)

if __name__ == "__main__":
    main()
