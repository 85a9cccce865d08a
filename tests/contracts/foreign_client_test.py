"""A stranger's view of our topics: the CloudEvents project's own library, another Kafka client and protobuf's Python runtime read what
the real registry publishes over a real broker, and publish a report that it registers."""
import argparse
import datetime
import glob
import pathlib
import subprocess
import sys
import unittest
import uuid

import confluent_kafka
import grpc
from cloudevents.core.bindings import kafka as binding
from cloudevents.core.v1.event import CloudEvent
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

import programs

ARGUMENTS = None
REPORTS, REPLIES, FACTS, DAYS = "province.33.reports.v1", "province.33.replies.v1", "registry.facts.v1", "calendar.days.v1"
GOLDEN = "tests/contracts/golden/berdaya.province.v1.FamilyReported.txtpb"


def load_contracts(folder):
    """A function from the full name of a message to its class, made of protos/ as anybody could."""
    image = folder / "contracts.binpb"
    files = sorted(path.removeprefix("protos/") for path in glob.glob("protos/berdaya/**/*.proto", recursive=True))
    subprocess.run(["protoc", "-I", "protos", "--include_imports", f"--descriptor_set_out={image}", *files], check=True)
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(image.read_bytes()).file:
        pool.Add(file)
    return lambda name: message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def event_from(record):
    """The record as the foreign library understands it, and the bytes of its data."""
    message = binding.KafkaMessage(headers=dict(record.headers() or []), key=record.key(), value=record.value())
    event = binding.from_binary_event(message)
    data = event.get_data()
    return event, data.encode() if isinstance(data, str) else data or b""


class ForeignClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = programs.scratch()
        cls.addClassCleanup(cls.scratch.cleanup)
        folder = programs.path_of(cls.scratch)
        cls.message = staticmethod(load_contracts(folder))
        cls.broker = programs.Broker(folder)
        cls.brokers = cls.broker.start()
        cls.addClassCleanup(cls.broker.stop)
        subprocess.run([ARGUMENTS.topics, f"--brokers={cls.brokers}"], check=True, stdout=subprocess.DEVNULL)
        cls.registry = programs.Service(ARGUMENTS.registry, folder, cls.brokers)
        cls.addClassCleanup(cls.registry.stop)
        cls.grpc = cls.registry.addresses()["grpc"]
        subprocess.run([ARGUMENTS.days, f"--brokers={cls.brokers}", "--once"], check=True, stdout=subprocess.DEVNULL)
        cls.producer = confluent_kafka.Producer({"bootstrap.servers": cls.brokers, "log_level": 0})

    def read(self, topic, enough):
        """All records of a topic as soon as `enough` of them says so."""
        consumer = confluent_kafka.Consumer(
            {"bootstrap.servers": self.brokers, "group.id": "stranger", "enable.auto.commit": False}
        )
        self.addCleanup(consumer.close)
        partitions = consumer.list_topics(topic, 30).topics[topic].partitions
        consumer.assign([confluent_kafka.TopicPartition(topic, p, confluent_kafka.OFFSET_BEGINNING) for p in partitions])
        records = []

        def poll():
            record = consumer.poll(0.2)
            if record is not None:
                self.assertIsNone(record.error())
                records.append(record)
            return enough(records)

        programs.until(poll, f"what was expected in {topic}")
        return records

    def publish(self, event_or_message, ref):
        message = event_or_message
        if isinstance(message, CloudEvent):
            message = binding.to_binary_event(message, key_mapper=lambda _: ref)
        self.producer.produce(REPORTS, value=message.value, key=message.key, headers=list(message.headers.items()))
        self.assertEqual(self.producer.flush(30), 0)

    def report(self, ref, serial):
        now = datetime.datetime.now(datetime.timezone.utc)
        report = text_format.Parse(pathlib.Path(GOLDEN).read_text(), self.message("berdaya.province.v1.FamilyReported")())
        report.local_family_ref = ref
        report.info.report_id = str(uuid.uuid4())
        report.info.reported_at.FromDatetime(now)
        report.kk_number += serial
        report.members[0].nik += serial
        return report

    def event_of(self, report):
        attributes = {
            "id": str(uuid.uuid4()),
            "source": "urn:example:dinas-kendal",
            "type": report.DESCRIPTOR.full_name,
            "time": datetime.datetime.now(datetime.timezone.utc),
            "datacontenttype": "application/protobuf",
            "specversion": "1.0",
        }
        return CloudEvent(attributes, report.SerializeToString())

    def outcome_of(self, ce_id):
        """The final outcome of the report with this CloudEvents id, and the event it came in."""

        def find(records):
            for record in records:
                event, data = event_from(record)
                for outcome in self.message("berdaya.province.v1.OutcomesReported").FromString(data).outcomes:
                    if outcome.ce_id == ce_id:
                        return event, outcome
            return None

        return find(self.read(REPLIES, find))

    def test_a_report_of_a_foreign_library_is_registered_and_its_reply_understood(self):
        report = self.report("foreign-1", 1)
        event = self.event_of(report)
        self.publish(event, "foreign-1")

        reply, outcome = self.outcome_of(event.get_id())
        self.assertEqual(outcome.status, 1, outcome)  # REPORT_STATUS_REGISTERED
        self.assertEqual(outcome.report_id, report.info.report_id)
        self.assertEqual(outcome.local_family_ref, "foreign-1")
        self.assertNotEqual(outcome.family_id, 0)
        self.check_ours(reply, "berdaya.province.v1.OutcomesReported")

        def registered(records):
            for record in records:
                fact, data = event_from(record)
                if fact.get_subject() == str(outcome.family_id):
                    return record, fact, data
            return None

        record, fact, data = registered(self.read(FACTS, registered))
        self.check_ours(fact, "berdaya.registry.v1.FamilyRegistered")
        self.assertEqual(record.key(), str(outcome.family_id).encode())
        self.assertEqual(fact.get_extension("partitionkey"), str(outcome.family_id))
        family = self.message("berdaya.registry.v1.FamilyRegistered").FromString(data)
        self.assertEqual(family.info.family_id, outcome.family_id)
        self.assertEqual(family.info.version, 1)
        self.assertEqual(family.info.village, report.village)
        self.assertEqual(family.members, 2)
        for secret in [str(report.kk_number), report.members[0].name]:
            self.assertNotIn(secret.encode(), record.value())

        ask = self.message("berdaya.registry.v1.GetFamilyRequest")(family_id=outcome.family_id)
        answer = self.message("berdaya.registry.v1.GetFamilyResponse")
        with grpc.insecure_channel(self.grpc) as channel:
            get = channel.unary_unary(
                "/berdaya.registry.v1.RegistryService/GetFamily",
                request_serializer=lambda m: m.SerializeToString(),
                response_deserializer=answer.FromString,
            )
            self.assertEqual(get(ask, timeout=30).family.kk_number, report.kk_number)

    def check_ours(self, event, type_name):
        self.assertEqual(event.get_specversion(), "1.0")
        self.assertEqual(event.get_type(), type_name)
        self.assertEqual(event.get_source(), "berdaya/registry")
        self.assertEqual(event.get_datacontenttype(), "application/protobuf")
        self.assertNotEqual(event.get_id(), "")
        self.assertIsNotNone(event.get_time().tzinfo)
        self.assertGreaterEqual(int(event.get_extension("sequence")), 1)
        self.assertGreaterEqual(int(event.get_extension("epoch")), 0)

    def test_every_record_of_ours_is_an_event_with_a_dense_sequence(self):
        # The day that was opened is in every partition of the facts; wait for that much.
        facts = self.read(FACTS, lambda records: len({record.partition() for record in records}) == 6)
        expected = {}
        ids = set()
        for record in sorted(facts, key=lambda record: (record.partition(), record.offset())):
            event, data = event_from(record)
            self.check_ours(event, event.get_type())
            self.message(event.get_type()).FromString(data)
            expected[record.partition()] = expected.get(record.partition(), 0) + 1
            self.assertEqual(int(event.get_extension("sequence")), expected[record.partition()])
            ids.add((event.get_source(), event.get_id()))
        self.assertEqual(len(ids), len(facts), "source and id together are unique")

        (day,) = self.read(DAYS, lambda records: len(records) == 1)
        event, data = event_from(day)
        self.assertEqual(event.get_type(), "berdaya.calendar.v1.DayOpened")
        self.assertGreaterEqual(self.message("berdaya.calendar.v1.DayOpened").FromString(data).day.year, 2026)

    def test_what_is_no_report_is_answered_too(self):
        """A structured event, bytes without headers, and bytes that are no protobuf: each gets its answer, and the log goes on."""
        event = self.event_of(self.report("foreign-2", 2))
        structured = binding.to_structured_event(event, key_mapper=lambda _: "foreign-2")
        self.publish(structured, "foreign-2")
        self.publish(binding.KafkaMessage(headers={}, key=None, value=b""), None)
        broken = CloudEvent(event.get_attributes() | {"id": "broken-1"}, b"\xff\xff\xff")
        self.publish(broken, "foreign-2")

        _, outcome = self.outcome_of("broken-1")
        self.assertEqual(outcome.code, "undecodable")
        by_offset = {}

        def answered(records):
            for record in records[-1:]:
                for one in self.message("berdaya.province.v1.OutcomesReported").FromString(event_from(record)[1]).outcomes:
                    by_offset[one.offset] = one
            return outcome.offset in by_offset

        self.read(REPLIES, answered)
        for before in (1, 2):
            self.assertEqual(by_offset[outcome.offset - before].code, "unknown_type")
        for one in by_offset.values():
            self.assertTrue(one.code == "" or (one.message_id and one.message_en))

    def test_zz_it_stops_when_asked(self):
        self.assertEqual(self.registry.stop(), 0, self.registry.text())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for program in ("registry", "topics", "days"):
        parser.add_argument(f"--{program}", required=True)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
