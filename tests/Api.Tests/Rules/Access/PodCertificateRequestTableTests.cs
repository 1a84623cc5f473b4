using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Slipway.Api.Tests.Rules.Access;

/// <summary>Requests for certificates of pods, with what Kubernetes' own validation says of them.</summary>
public sealed class PodCertificateRequestTableTests
{
    private const string Ed25519 = "MH8wMwIBADAAMCowBQYDK2VwAyEAd55ngZ9Miu7V0ZLzyMHeKjMOLc8W4gK/blvly2tQSnigADAFBgMrZXADQQCLx1oMUg7L+DP1AMZTW0nX+vInlNuV9jvRmXixxSen4/lzWYXjSx0hiN5zRIS+N+JQULrCnRnTNJFv7OZfDX8O";
    private const string Secp256k1 = "MIG3MF8CAQAwADBWMBAGByqGSM49AgEGBSuBBAAKA0IABAfcqzfwn69PAkbhhkjQ86UVH/Lj3UTt8IbO4ytJYRIza3REE07qF9sa1I1amL2WBt7C1FsszyQmywm89CGmgKWgADAKBggqhkjOPQQDAgNIADBFAiEA8aUS/zE4d2790l9oI0vfEKvybQc9C6azpU5YBHHnAPcCIEF/3ocZhMQZN9qrklpI7ZOfZuPR7dhWiGuoIyQmDLIH";
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static readonly RuleTable Requests = new("certificates.k8s.io", "PodCertificateRequest",
        $"spec: {{signerName: example.com/s, podName: p, podUID: u1, serviceAccountName: s, serviceAccountUID: u2, nodeName: n, nodeUID: u3, maxExpirationSeconds: 86400, stubPKCS10Request: {Of(Key)}}}");

    [Theory]
    [InlineData("", "")]
    [InlineData("spec: {signerName: null}", "spec.signerName: Required value")]
    [InlineData("spec: {signerName: s}", "spec.signerName: Invalid value: \"s\": must be a fully qualified domain and path")]
    [InlineData("spec: {podName: Bad_}", "spec.podName: Invalid value: \"Bad_\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {serviceAccountName: null}", "spec.serviceAccountName: Invalid value: \"\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {nodeName: a b}", "spec.nodeName: Invalid value: \"a b\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {podUID: '', nodeUID: null}", "spec.podUID: Invalid value: \"\": must not be empty\nspec.nodeUID: Invalid value: \"\": must not be empty")]
    [InlineData("spec: {maxExpirationSeconds: null}", "spec.maxExpirationSeconds: Required value: must be set")]
    [InlineData("spec: {maxExpirationSeconds: 3599}", "spec.maxExpirationSeconds: Invalid value: 3599: must be in the range [3600, 7862400]")]
    [InlineData("spec: {maxExpirationSeconds: 7862400}", "")]
    [InlineData("spec: {maxExpirationSeconds: 7862401}", "spec.maxExpirationSeconds: Invalid value: 7862401: must be in the range [3600, 7862400]")]
    [InlineData("spec: {signerName: kubernetes.io/kube-apiserver-client-pod, maxExpirationSeconds: 86401}", "spec.maxExpirationSeconds: Invalid value: 86401: must be in the range [3600, 86400]")]
    [InlineData("spec: {unverifiedUserAnnotations: {example.com/a: b}}", "")]
    [InlineData("spec: {unverifiedUserAnnotations: {a: b}}", "spec.unverifiedUserAnnotations: Invalid value: \"a\": must be a domain-prefixed key")]
    [InlineData("spec: {unverifiedUserAnnotations: {example.com/a b: b}}", "spec.unverifiedUserAnnotations: Invalid value: \"example.com/a b\": name part must consist of")]
    [InlineData("spec: {stubPKCS10Request: null}", "spec.stubPKCS10Request: Required value")]
    [InlineData("spec: {stubPKCS10Request: Yg==}", "spec.stubPKCS10Request: Invalid value: must be a valid PKCS#10 certificate signing request")]
    [InlineData($"spec: {{stubPKCS10Request: {Ed25519}}}", "")]
    [InlineData($"spec: {{stubPKCS10Request: {Secp256k1}}}", "spec.stubPKCS10Request: Invalid value: elliptic public keys must use curve P256, P384, or P521")]
    public void OfRequests(string change, string expected) => Requests.Check(change, expected);

    [Fact]
    public void TheKeyMustBeLongEnoughAndSignTheRequest()
    {
        using (var rsa = RSA.Create(2048)) Check(Request(rsa), "2048-bit modulus: RSA keys must have modulus size 3072 or 4096");
        using (var rsa = RSA.Create(3072)) Check(Request(rsa), "");
        var der = Convert.FromBase64String(Of(Key));
        der[^1] ^= 1;
        Check(der, "could not verify the signature of the certificate signing request");
        Requests.Check($"spec: {{stubPKCS10Request: {Convert.ToBase64String(new byte[10 * 1024 + 1])}}}", "spec.stubPKCS10Request: Too long: may not be more than 10240 bytes");

        static void Check(byte[] der, string expected) =>
            Requests.Check($"spec: {{stubPKCS10Request: {Convert.ToBase64String(der)}}}", expected.Length == 0 ? "" : $"spec.stubPKCS10Request: Invalid value: {expected}");
        static byte[] Request(RSA key) => new CertificateRequest("", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest();
    }

    [Fact]
    public void NothingOfARequestChanges() => Requests.CheckUpdate("", "spec: {podName: q}", "spec: Invalid value: {");

    [Theory]
    [InlineData("", "conditions: [CONDITION(Denied)]", "")]
    [InlineData("", "conditions: [CONDITION(Failed)]", "")]
    [InlineData("", "conditions: [CONDITION(Odd)]", "status.conditions[0].type: Unsupported value: \"Odd\": supported values: \"Issued\", \"Denied\", \"Failed\"")]
    [InlineData("", "conditions: [{type: Denied, status: 'False', reason: R, lastTransitionTime: '2026-01-01T00:00:00Z'}]", "status.conditions[0].status: Unsupported value: \"False\": supported values: \"True\"")]
    [InlineData("", "conditions: [{type: Denied, status: 'True'}]", "status.conditions[0].lastTransitionTime: Required value\nstatus.conditions[0].reason: Required value")]
    [InlineData("", "conditions: [CONDITION(Denied), CONDITION(Failed)]", "status.conditions[1].type: Invalid value: \"Failed\": There may be at most one condition with type \"Issued\", \"Denied\", or \"Failed\"")]
    [InlineData("", "conditions: [CONDITION(Denied)], certificateChain: x", "status: Invalid value: non-condition status fields must be empty when denying or failing the PodCertificateRequest")]
    [InlineData("conditions: [CONDITION(Denied)]", "conditions: []", "status: Invalid value: immutable after PodCertificateRequest is issued, denied, or failed")]
    [InlineData("conditions: [CONDITION(Denied)]", "conditions: [CONDITION(Denied)]", "")]
    [InlineData("", "certificateChain: x", "status: Invalid value: status is immutable unless transitioning to \"Issued\", \"Denied\", or \"Failed\"")]
    [InlineData("", "conditions: []", "")]
    [InlineData("", "conditions: [CONDITION(Issued)]", "status.certificateChain: Invalid value: \"\": issued certificate chain must contain at least one certificate")]
    public void ItIsDecidedOnce(string before, string after, string expected) => Requests.CheckStatus(Status(before), Status(after), expected);

    [Theory]
    [InlineData("", "")]
    [InlineData("notBefore: null", "status.notBefore: Required value: must be present and consistent with the issued certificate")]
    [InlineData("beginRefreshAt: null", "status.beginRefreshAt: Required value: must be present and in the range [notbefore+10min, notafter-10min]")]
    [InlineData("notBefore: '2026-01-01T00:00:01Z'", "status.notBefore: Invalid value: \"2026-01-01T00:00:01Z\": must be set to the NotBefore time encoded in the leaf certificate")]
    [InlineData("notAfter: '2026-01-01T02:00:01Z'", "status.notAfter: Invalid value: \"2026-01-01T02:00:01Z\": must be set to the NotAfter time encoded in the leaf certificate")]
    [InlineData("beginRefreshAt: '2026-01-01T00:09:59Z'", "status.beginRefreshAt: Invalid value: \"2026-01-01T00:09:59Z\": must be at least 10 minutes after status.notBefore")]
    [InlineData("beginRefreshAt: '2026-01-01T01:50:01Z'", "status.beginRefreshAt: Invalid value: \"2026-01-01T01:50:01Z\": must be at least 10 minutes before status.notAfter")]
    public void TheStatusSaysWhatTheCertificateSays(string change, string expected) => CheckIssued(Certificate(Key), Start.AddHours(2), change, expected);

    [Fact]
    public void TheCertificateIsForTheKeyAndLastsAsLongAsAskedFor()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CheckIssued(Certificate(other), Start.AddHours(2), "", "status.certificateChain: Invalid value: \"-----BEGIN");
        CheckIssued(Certificate(Key, 0.9), Start.AddHours(0.9), "", "status.certificateChain: Invalid value: \"00:54:00\": leaf certificate lifetime must be >= 1 hour");
        CheckIssued(Certificate(Key, 25), Start.AddHours(25), "", "status.certificateChain: Invalid value: \"1.01:00:00\": leaf certificate lifetime must be <= spec.maxExpirationSeconds (86400)");
        CheckIssued(Certificate(Key, dnsName: "a..b"), Start.AddHours(2), "", "status.certificateChain: Invalid value: \"a..b\": leaf certificate's DNSName should not contain '..'");
        CheckIssued(Certificate(Key) + Certificate(other), Start.AddHours(2), "", "");
        CheckIssued(Certificate(Key) + PemEncoding.WriteString("CERTIFICATE", [1]), Start.AddHours(2), "", "status.certificateChain: Invalid value: \"-----BEGIN");
        CheckIssued(PemEncoding.WriteString("PUBLIC KEY", [1]), Start.AddHours(2), "", "status.certificateChain: Invalid value: \"-----BEGIN");
    }

    private static void CheckIssued(string chain, DateTimeOffset end, string change, string expected)
    {
        var issued = Json.Of($"conditions: [CONDITION(Issued)], notBefore: '{Time(Start)}', notAfter: '{Time(end)}', beginRefreshAt: '2026-01-01T00:30:00Z'".Insert(0, "{").Replace("CONDITION(Issued)", Condition("Issued"), StringComparison.Ordinal) + "}");
        issued["certificateChain"] = chain;
        foreach (var (name, value) in change.Length == 0 ? [] : Json.Of(change)) issued[name] = value?.DeepClone();
        Requests.CheckStatus("", new JsonObject { ["status"] = issued }.ToJsonString(), expected);
    }

    private static string Status(string fields)
    {
        foreach (var type in new[] { "Denied", "Failed", "Issued", "Odd" }) fields = fields.Replace($"CONDITION({type})", Condition(type), StringComparison.Ordinal);
        return $"status: {{{fields}}}";
    }

    private static string Condition(string type) => $"{{type: {type}, status: 'True', reason: R, lastTransitionTime: '2026-01-01T00:00:00Z'}}";

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Of(ECDsa key) => Convert.ToBase64String(new CertificateRequest("", key, HashAlgorithmName.SHA256).CreateSigningRequest());

    private static string Certificate(ECDsa key, double hours = 2, string? dnsName = null)
    {
        var request = new CertificateRequest("CN=p", key, HashAlgorithmName.SHA256);
        if (dnsName is not null)
        {
            // The library's own builder takes no such names.
            var names = new AsnWriter(AsnEncodingRules.DER);
            using (names.PushSequence()) names.WriteCharacterString(UniversalTagNumber.IA5String, dnsName, new Asn1Tag(TagClass.ContextSpecific, 2));
            request.CertificateExtensions.Add(new X509SubjectAlternativeNameExtension(names.Encode()));
        }
        using var certificate = request.CreateSelfSigned(Start, Start.AddHours(hours));
        return certificate.ExportCertificatePem() + "\n";
    }
}
