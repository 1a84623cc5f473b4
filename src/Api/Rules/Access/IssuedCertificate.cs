using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Access;

/// <summary>The rules of a certificate that a signer has issued for a pod, and of what the status says of it. The first fault is told.</summary>
internal static class IssuedCertificate
{
    private const int MaxChainBytes = 100 * 1024;
    private const string Chain = "status.certificateChain";
    private static readonly TimeSpan MinLifetime = TimeSpan.FromHours(1);
    private static readonly TimeSpan RefreshMargin = TimeSpan.FromMinutes(10);

    /// <summary>Adds what is wrong.</summary>
    /// <param name="status">The status with the certificate.</param>
    /// <param name="spec">What was asked for.</param>
    /// <param name="causes">Where the fault goes.</param>
    public static void Validate(JsonObject status, JsonObject spec, List<StatusCause> causes)
    {
        var chain = status.Text("certificateChain") ?? "";
        if (Encoding.UTF8.GetByteCount(chain) > MaxChainBytes)
        {
            causes.Add(TooLong(Chain, MaxChainBytes));
            return;
        }
        var blocks = PemBlocks.Read(chain).ToArray();
        if (blocks.Length == 0) Wrong(Chain, Quote(chain), "issued certificate chain must contain at least one certificate");
        else if (Array.Exists(blocks, b => b.Label != "CERTIFICATE")) Wrong(Chain, Quote(chain), "issued certificate chain must consist entirely of CERTIFICATE PEM blocks");
        else if (Array.FindIndex(blocks, b => !IsCertificate(b)) is >= 0 and var i) Wrong(Chain, Quote(chain), $"{(i == 0 ? "leaf" : "intermediate")} certificate does not parse as valid X.509");
        else Leaf(blocks[0], status, spec, causes);

        void Wrong(string path, string value, string detail) => causes.Add(StatusCause.Invalid(path, value, detail));
    }

    private static void Leaf(PemBlock block, JsonObject status, JsonObject spec, List<StatusCause> causes)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(block.Data);
        foreach (var name in leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(e => e.EnumerateDnsNames()))
            if (DnsNameError(name) is { } error) causes.Add(StatusCause.Invalid(Chain, Quote(name), error));
        if (!leaf.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(StubRequest.KeyOf(Convert.FromBase64String(spec.Text("stubPKCS10Request") ?? ""))))
            causes.Add(StatusCause.Invalid(Chain, Quote(status.Text("certificateChain") ?? ""), "leaf certificate was not issued to the requested public key"));
        if (causes.Count > 0) return;

        var times = new Dictionary<string, DateTimeOffset>();
        foreach (var name in new[] { "notBefore", "notAfter", "beginRefreshAt" })
        {
            if (Meta.ParseTime(status.Text(name)) is { } time) times[name] = time;
            else causes.Add(StatusCause.Required($"status.{name}", name == "beginRefreshAt" ? "must be present and in the range [notbefore+10min, notafter-10min]" : "must be present and consistent with the issued certificate"));
        }
        if (causes.Count == 0 && TimeFault(leaf.NotBefore, leaf.NotAfter, times, spec.Integer("maxExpirationSeconds") ?? 0) is { } fault) causes.Add(fault);
    }

    private static StatusCause? TimeFault(DateTimeOffset notBefore, DateTimeOffset notAfter, Dictionary<string, DateTimeOffset> told, long maxSeconds)
    {
        var lifetime = notAfter - notBefore;
        if (told["notBefore"] != notBefore) return At("notBefore", "must be set to the NotBefore time encoded in the leaf certificate");
        if (told["notAfter"] != notAfter) return At("notAfter", "must be set to the NotAfter time encoded in the leaf certificate");
        if (lifetime < MinLifetime) return OfLifetime("leaf certificate lifetime must be >= 1 hour");
        if (lifetime > TimeSpan.FromSeconds(maxSeconds)) return OfLifetime($"leaf certificate lifetime must be <= spec.maxExpirationSeconds ({maxSeconds})");
        if (told["beginRefreshAt"] < notBefore + RefreshMargin) return At("beginRefreshAt", "must be at least 10 minutes after status.notBefore");
        return told["beginRefreshAt"] > notAfter - RefreshMargin ? At("beginRefreshAt", "must be at least 10 minutes before status.notAfter") : null;

        StatusCause At(string name, string detail) => StatusCause.Invalid($"status.{name}", Quote(Meta.FormatTime(told[name])), detail);
        StatusCause OfLifetime(string detail) => StatusCause.Invalid(Chain, Quote(lifetime.ToString("c", CultureInfo.InvariantCulture)), detail);
    }

    private static string? DnsNameError(string name)
    {
        if (name.Length == 0) return "leaf certificate should not contain empty DNSName";
        if (name.Contains("..", StringComparison.Ordinal)) return "leaf certificate's DNSName should not contain '..'";
        return name[0] == '.' || name[^1] == '.' ? "leaf certificate's DNSName should not start or end with '.'" : null;
    }

    private static bool IsCertificate(PemBlock block)
    {
        try
        {
            X509CertificateLoader.LoadCertificate(block.Data).Dispose();
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
