"""A message that brings a code or a link: only the SMS that carries it decides whether it is of use."""

import pytest
from callback_link import LinkedLoan

from lending import message_templates
from lending.deliveries import Delivery, DeliveryStatus
from lending.message_templates import MessageTemplate, Way


@pytest.fixture
def ready(tmp_path):
    """A good payer on the evening before his second callback; his link goes by e-mail too, by an older version."""
    made = LinkedLoan(tmp_path / "house")
    with made.house.database.write() as session:
        first = message_templates.newest(session, "callback_link")
        session.add(
            MessageTemplate(
                key=first.key,
                version=2,
                audience=first.audience,
                purpose=first.purpose,
                channels=["email", "sms"],
                text_zh=first.text_zh,
                text_en=first.text_en,
            )
        )
    yield made
    made.close()


def test_an_email_that_cannot_be_sent_ends_no_link_that_went_by_sms(ready):
    sent = ready.come_to_the_link()

    ended = {each.way: (each.status, each.reason) for each in sent.rows(Delivery, template="callback_link")}
    assert ended[Way.EMAIL][0] is DeliveryStatus.FAILED
    assert ended[Way.SMS][0] is DeliveryStatus.SENT
    assert sent.link.end is None
    assert sent.customer().open().status_code == 200
