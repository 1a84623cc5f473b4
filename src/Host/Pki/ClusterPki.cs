using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Host.Clusters;

namespace Slipway.Host.Pki;

/// <summary>
/// The certificates of a cluster as PEM files in its <c>pki</c> directory; keys are readable by their owner alone.
/// What is missing, near its end, of another authority or for other addresses is issued anew at each start.
/// </summary>
/// <param name="Authority">The certificate authority.</param>
/// <param name="Server">The certificate of the API server and of the node, with its key.</param>
/// <param name="Admin">The administrator's client certificate with its key (group <c>system:masters</c>).</param>
internal sealed record ClusterPki(X509Certificate2 Authority, X509Certificate2 Server, X509Certificate2 Admin) : IDisposable
{
    /// <summary>Reads the certificates of a directory, issuing what has to be.</summary>
    public static ClusterPki Ensure(string directory, string cluster, IReadOnlyList<IPAddress> addresses, DateTimeOffset now)
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var authority = Ensure(directory, "ca", c => c.NotAfter - now.LocalDateTime > TimeSpan.Zero,
            () => CertificateAuthority.CreateAuthority($"slipway-{cluster}", now));
        // The node's API is served with the same certificate.
        string[] names = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", Cluster.NodeNameOf(cluster)];
        var server = Ensure(directory, "server", c => IsFresh(c, authority, now) && Covers(c, names, addresses),
            () => CertificateAuthority.IssueServer(authority, "slipway-apiserver", names, addresses, now));
        var admin = Ensure(directory, "admin", c => IsFresh(c, authority, now),
            () => CertificateAuthority.IssueClient(authority, "slipway-admin", "system:masters", now));
        return new(authority, server, admin);
    }

    /// <summary>Reads what <see cref="Ensure(string, string, IReadOnlyList{IPAddress}, DateTimeOffset)"/> has made; null if it is not there.</summary>
    public static ClusterPki? Read(string directory) =>
        Load(directory, "ca") is { } authority && Load(directory, "server") is { } server && Load(directory, "admin") is { } admin ? new(authority, server, admin) : null;

    public void Dispose()
    {
        Authority.Dispose();
        Server.Dispose();
        Admin.Dispose();
    }

    private static X509Certificate2 Ensure(string directory, string name, Func<X509Certificate2, bool> isGood, Func<X509Certificate2> issue)
    {
        if (Load(directory, name) is { } existing)
        {
            if (isGood(existing)) return existing;
            existing.Dispose();
        }
        var issued = issue();
        using var key = issued.GetECDsaPrivateKey()!;
        Write(Path.Combine(directory, $"{name}.key"), key.ExportPkcs8PrivateKeyPem(), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Write(Path.Combine(directory, $"{name}.crt"), issued.ExportCertificatePem(), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return issued;
    }

    private static X509Certificate2? Load(string directory, string name)
    {
        var (certificate, key) = (Path.Combine(directory, $"{name}.crt"), Path.Combine(directory, $"{name}.key"));
        if (!File.Exists(certificate) || !File.Exists(key)) return null;
        try
        {
            return X509Certificate2.CreateFromPemFile(certificate, key);
        }
        catch (CryptographicException)
        {
            return null;   // cut short by a crash, or a pair that does not match: issued anew
        }
    }

    private static bool IsFresh(X509Certificate2 certificate, X509Certificate2 authority, DateTimeOffset now) =>
        certificate.NotAfter - now.LocalDateTime > CertificateAuthority.RenewBefore && IsIssuedBy(certificate, authority);

    private static bool IsIssuedBy(X509Certificate2 certificate, X509Certificate2 authority)
    {
        var issuer = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        var key = authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifierBytes;
        return issuer is { } i && key is { } k && i.Span.SequenceEqual(k.Span);
    }

    private static bool Covers(X509Certificate2 certificate, IReadOnlyList<string> names, IReadOnlyList<IPAddress> addresses)
    {
        var alternatives = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return alternatives is not null
            && names.ToHashSet().SetEquals(alternatives.EnumerateDnsNames())
            && addresses.ToHashSet().SetEquals(alternatives.EnumerateIPAddresses());
    }

    internal static void Write(string path, string pem, UnixFileMode mode)
    {
        var temporary = path + ".new";
        File.Delete(temporary);
        using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode }))
            file.Write(Encoding.ASCII.GetBytes(pem + "\n"));
        File.Move(temporary, path, overwrite: true);
    }
}
