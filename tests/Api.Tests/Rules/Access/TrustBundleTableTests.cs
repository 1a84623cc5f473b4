using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Api.Tests.Rules.Access;

/// <summary>Bundles of trusted authorities, with what Kubernetes' own validation says of them.</summary>
public sealed class TrustBundleTableTests
{
    private static readonly string Authority = Certificate(isAuthority: true);
    private static readonly RuleTable Bundles = new("certificates.k8s.io", "ClusterTrustBundle", $"spec: {{trustBundle: {Quoted(Authority)}}}");

    public static TheoryData<string, string> Texts => new()
    {
        { Authority, "" },
        { $"some words\n{Authority}\nand more\n{Certificate(isAuthority: true)}", "" },
        { "", "at least one trust anchor must be provided" },
        { "PEM", "at least one trust anchor must be provided" },
        { Authority + Authority, "duplicate trust anchor (indices [0 1])" },
        { Authority.Replace("CERTIFICATE", "TRUSTED CERTIFICATE", StringComparison.Ordinal), "entry 0 has bad block type: TRUSTED CERTIFICATE" },
        { Authority.Replace("-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\nName: value\n", StringComparison.Ordinal), "entry 0 has PEM block headers" },
        { Authority + PemEncoding.WriteString("CERTIFICATE", [1, 2, 3]), "entry 1 does not parse as X.509" },
        { Certificate(isAuthority: false), "entry 0 does not have the CA bit set" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void OfBundles(string text, string expected) =>
        Bundles.Check($"spec: {{trustBundle: {Quoted(text)}}}", expected.Length == 0 ? "" : $"spec.trustBundle: Invalid value: \"<value omitted>\": {expected}");

    [Fact]
    public void ABundleIsAMebibyteAtMost() => Bundles.Check($"spec: {{trustBundle: {Quoted(new string('x', 1024 * 1024 + 1))}}}", "spec.trustBundle: Too long: may not be more than 1048576 bytes");

    [Theory]
    [InlineData("metadata: {name: a:b}", "metadata.name: Invalid value: \"a:b\": ClusterTrustBundle without signer name must not have \":\" in its name")]
    [InlineData("metadata: {name: A}", "metadata.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain")]
    [InlineData("metadata: {name: example.com:s:x}\nspec: {signerName: example.com/s}", "")]
    [InlineData("metadata: {name: x}\nspec: {signerName: example.com/s}", "metadata.name: Invalid value: \"x\": ClusterTrustBundle for signerName example.com/s must be named with prefix example.com:s:")]
    [InlineData("metadata: {name: 'example.com:s:'}\nspec: {signerName: example.com/s}", "metadata.name: Invalid value: \"example.com:s:\": a lowercase RFC 1123 subdomain")]
    [InlineData("metadata: {name: 's:x'}\nspec: {signerName: s}", "spec.signerName: Invalid value: \"s\": must be a fully qualified domain and path of the form 'example.com/signer-name'")]
    [InlineData("metadata: {name: 's:t:x'}\nspec: {signerName: s/t}", "spec.signerName: Invalid value: \"s\": should be a domain with at least two segments separated by dots")]
    [InlineData("metadata: {name: 'a.B:t:x'}\nspec: {signerName: a.B/t}", "spec.signerName: Invalid value: \"a.B\": validating label \"B\": a lowercase RFC 1123 label")]
    [InlineData("metadata: {name: 'a.b:t..u:x'}\nspec: {signerName: a.b/t..u}", "spec.signerName: Invalid value: \"t..u\": validating label \"\": a lowercase RFC 1123 subdomain")]
    public void OfNamesAndSigners(string change, string expected) => Bundles.Check(change, expected);

    [Fact]
    public void TheSignerStaysAndTheBundleMayChange()
    {
        Bundles.CheckUpdate("", $"spec: {{trustBundle: {Quoted(Certificate(isAuthority: true))}}}", "");
        Bundles.CheckUpdate("", "spec: {trustBundle: PEM}", "spec.trustBundle: Invalid value: \"<value omitted>\": at least one trust anchor must be provided");
        Bundles.CheckUpdate("spec: {trustBundle: PEM}", "metadata: {labels: {a: b}}", "");
        Bundles.CheckUpdate("metadata: {name: example.com:s:x}\nspec: {signerName: example.com/s}", "spec: {signerName: null}",
            "spec.signerName: Invalid value: \"\": field is immutable\nmetadata.name: Invalid value: \"example.com:s:x\": ClusterTrustBundle without signer name must not have");
    }

    private static string Certificate(bool isAuthority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(1));
        return certificate.ExportCertificatePem() + "\n";
    }

    private static string Quoted(string text) => System.Text.Json.Nodes.JsonValue.Create(text).ToJsonString();
}
