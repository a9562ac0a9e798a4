"""The whole app on one page, in the order in which a request meets it."""

import logging
from datetime import timedelta

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from coachapp import accounts, admin, authoring, classroom, codebook, exams, home, jobs, practice, progress
from coachapp.codesets import close_codesets
from coachapp.config import Settings, load_settings
from coachapp.models import db
from coachapp.models.writing import prepare_engine
from coachapp.paths import PACKAGE, bundled
from coachapp.web import access, asked, assets, errors, filters, login, security, transactions

MAX_REQUEST_BYTES = 1_000_000

csrf = CSRFProtect()
bootstrap = Bootstrap5()  # carries Bootstrap's files; its form macros are not used


def create_app(settings: Settings | None = None) -> Flask:
    """Return the app. Raise ConfigError if a setting is wrong or `coachapp init` was never run."""
    settings = settings or load_settings()
    app = Flask("coachapp", root_path=str(PACKAGE), template_folder=str(bundled("templates")), static_folder="static")
    app.config.update(
        COACH=settings,
        SECRET_KEY=settings.signing_key(),
        SQLALCHEMY_DATABASE_URI=settings.database,
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_REQUEST_BYTES,
        SESSION_COOKIE_NAME="coachapp",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        PERMANENT_SESSION_LIFETIME=timedelta(days=settings.session_days),
        REMEMBER_COOKIE_NAME="coachapp_remember",
        REMEMBER_COOKIE_DURATION=timedelta(days=settings.remember_days),
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=settings.https,
        # A mock exam lasts four hours: a form's token lives as long as the sign-in it belongs to.
        WTF_CSRF_TIME_LIMIT=None,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.jinja_env.undefined = StrictUndefined
    logging.getLogger("coachapp").setLevel(settings.log_level)
    if proxies := settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]

    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)

    asked.install_converter(app)
    transactions.init_app(app)
    login.init_app(app)
    access.init_app(app)  # before the form token: whoever is signed out is asked to sign in, not told of a stale page
    csrf.init_app(app)
    asked.init_app(app)
    bootstrap.init_app(app)
    assets.init_app(app)
    security.init_app(app)
    filters.init_app(app)
    errors.init_app(app)

    queue = jobs.init_app(app, settings)
    exams.register_jobs(queue)
    progress.register_jobs(queue)
    authoring.register_jobs(queue)
    for feature in (home, practice, exams, progress, codebook, classroom, authoring, accounts, admin):
        app.register_blueprint(feature.bp)
    return app


def close_app(app: Flask) -> None:
    """Close what the app has opened: connections to the database and the queue, the code sets of this process.

    An app that is used again opens them again.
    """
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    jobs.jobs_of(app).close()
    close_codesets()
