using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Wire.Protobuf;
using Slipway.Fuzzing.Documents;

namespace Slipway.ApiServer.Tests.Protobuf;

/// <summary>The protobuf form of documents, without a server.</summary>
public sealed class ProtobufFormTests
{
    public static TheoryData<string, string> Kinds
    {
        get
        {
            var kinds = new TheoryData<string, string>();
            foreach (var type in BuiltInKinds.All.Where(t => t.HasProtobuf))
            {
                kinds.Add(type.ApiVersion, type.Kind);
                if (ProtobufKinds.SchemaOf(type.ApiVersion, type.Kind + "List") is not null) kinds.Add(type.ApiVersion, type.Kind + "List");   // questions have none
            }
            foreach (var (version, kind) in (ReadOnlySpan<(string, string)>)[
                ("v1", "Status"), ("v1", "Binding"), ("policy/v1", "Eviction"), ("policy/v1", "DeleteOptions"), ("autoscaling/v1", "Scale"), ("authentication.k8s.io/v1", "TokenRequest"),
                ("authentication.k8s.io/v1", "TokenReview"), ("authentication.k8s.io/v1", "SelfSubjectReview"), ("authorization.k8s.io/v1", "SubjectAccessReview"),
                ("authorization.k8s.io/v1", "SelfSubjectAccessReview"), ("authorization.k8s.io/v1", "SelfSubjectRulesReview"), ("apps/v1", "Deployment"), ("resource.k8s.io/v1", "ResourceSlice"),
                ("networking.k8s.io/v1", "NetworkPolicy"), ("certificates.k8s.io/v1", "CertificateSigningRequest"), ("v1", "APIResourceList")])
                if (!kinds.Any(k => k.Data == (version, kind))) kinds.Add(version, kind);
            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_document_comes_back_as_it_was(string apiVersion, string kind)
    {
        var schema = ProtobufKinds.SchemaOf(apiVersion, kind)!;
        var documents = new RandomDocuments(new Random(7));
        for (var i = 0; i < 25; i++)
        {
            var document = documents.Next(schema, apiVersion, kind);
            var bytes = Encode(document);
            var again = ProtobufReader.Read(bytes, ProtobufKinds.SchemaOf);
            Assert.Equal("", JsonDifference.First(document, again));
            Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(Encode(again)));
        }
    }

    // By the rules of the wire format and the field numbers of the published IDL: a field that is no pointer is written also when it is
    // absent, maps are in the order of their keys.
    [Theory]
    [InlineData("""{"apiVersion":"v1","kind":"Binding","target":{"name":"n"}}""", "6B3873000A0D0A027631120742696E64696E6712230A100A0012001A0022002A00320038004200120F0A0012001A016E22002A0032003A001A002200")]
    [InlineData("""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l","labels":{"b":"2","a":"1"}},"spec":{"leaseTransitions":0,"renewTime":"2026-01-02T03:04:05.000006Z"}}""", "6B3873000A1F0A16636F6F7264696E6174696F6E2E6B38732E696F2F763112054C6561736512320A210A016C12001A0022002A003200380042005A060A01611201315A060A0162120132120D220908A5EBDCCA0610F02E28001A002200")]
    [InlineData("""{"apiVersion":"v1","kind":"Secret","data":{"k":"AAE="},"immutable":false}""", "6B3873000A0C0A0276311206536563726574121F0A100A0012001A0022002A0032003800420012070A016B120200011A0028001A002200")]
    [InlineData("""{"apiVersion":"v1","kind":"Status","metadata":{},"status":"Failure","code":410}""", "6B3873000A0C0A027631120653746174757312180A060A0012001A0012074661696C7572651A002200309A031A002200")]
    public void Bytes_are_those_of_Kubernetes(string json, string hex) => Assert.Equal(hex, Convert.ToHexString(Encode((JsonObject)JsonNode.Parse(json)!)));

    [Theory]
    [InlineData("", "does not begin with the mark")]
    [InlineData("6B387300", "unknown format")]
    [InlineData("6B387300 0A0A 0A027631 1204506F64", "ends within a field")]
    [InlineData("6B387300 0A09 0A027631 1203506F64 1202 0A00", "")]
    [InlineData("6B387300 0A09 0A027631 1203506F64 1202 0801", "wrong wire type 0 for field metadata")]
    [InlineData("6B387300 0A09 0A027631 1203506F64 1205 0A03 0A01FF", "")]
    [InlineData("6B387300 0A09 0A027631 1203506F64 120B 08FFFFFFFFFFFFFFFFFFFF", "more than ten bytes")]
    [InlineData("6B387300 0A09 0A027631 1203506F64 1202 0F00", "wire type 7")]
    public void Malformed_bytes_are_refused(string hex, string why)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        var refusal = Record.Exception(() => { ProtobufReader.Read(bytes, ProtobufKinds.SchemaOf); });
        if (why.Length > 0) Assert.Contains(why, Assert.IsType<ApiException>(refusal).Message, StringComparison.Ordinal);
        else Assert.True(refusal is null or ApiException);
    }

    [Fact]
    public void Messages_nested_without_end_are_refused()
    {
        // Each schema holds the next one in its field "not" (28).
        byte[] message = [];
        for (var i = 0; i < 300; i++) message = Field(28, message);
        foreach (var number in (int[])[1, 4, 7, 2]) message = Field(number, message);   // openAPIV3Schema, schema, versions, spec
        byte[] type = [.. Field(1, Encoding.UTF8.GetBytes("apiextensions.k8s.io/v1")), .. Field(2, Encoding.UTF8.GetBytes("CustomResourceDefinition"))];
        byte[] body = [.. "k8s\0"u8, .. Field(1, type), .. Field(2, message)];
        Assert.Contains("nested too deeply", Assert.Throws<ApiException>(() => { ProtobufReader.Read(body, ProtobufKinds.SchemaOf); }).Message, StringComparison.Ordinal);

        static byte[] Field(int number, byte[] content) => [.. Varint(number << 3 | 2), .. Varint(content.Length), .. content];

        static byte[] Varint(int value) => value < 0x80 ? [(byte)value] : [(byte)(value | 0x80), .. Varint(value >> 7)];
    }

    [Fact]
    public void Random_bytes_are_refused_or_read_but_never_fail()
    {
        var random = new Random(3);
        var documents = new RandomDocuments(random);
        var schema = ProtobufKinds.SchemaOf("v1", "Pod")!;
        for (var i = 0; i < 3000; i++)
        {
            var bytes = Encode(documents.Next(schema, "v1", "Pod"));
            for (var flips = random.Next(1, 6); flips > 0; flips--) bytes[random.Next(4, bytes.Length)] = (byte)random.Next(256);
            var refusal = Record.Exception(() => { ProtobufReader.Read(bytes.AsSpan(0, random.Next(2) == 0 ? bytes.Length : random.Next(4, bytes.Length)), ProtobufKinds.SchemaOf); });
            Assert.True(refusal is null or ApiException, refusal?.ToString());
        }
    }

    private static byte[] Encode(JsonObject document)
    {
        var (apiVersion, kind) = (document["apiVersion"]!.ToString(), document["kind"]!.ToString());
        using var writer = new ProtobufWriter();
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        new ProtobufEnvelope(apiVersion, kind).Write(output, writer.Object(MessageLayout.Of(ProtobufKinds.SchemaOf(apiVersion, kind)!), Encoding.UTF8.GetBytes(document.ToJsonString())));
        return output.WrittenSpan.ToArray();
    }
}
