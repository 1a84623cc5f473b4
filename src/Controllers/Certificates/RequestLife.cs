using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Slipway.Controllers;

/// <summary>How long requests for certificates are kept, as upstream's cleaner has it.</summary>
internal static class RequestLife
{
    private static readonly TimeSpan Decided = TimeSpan.FromHours(1);
    private static readonly TimeSpan Waiting = TimeSpan.FromHours(24);

    /// <summary>When a request is to be removed; null when not at all.</summary>
    public static DateTime? EndOf(CertificateRequestView request)
    {
        var ends = request.Conditions.Select(condition => condition.Type switch
        {
            "Approved" => condition.LastUpdateTime + (request.IsIssued ? Decided : Waiting),
            "Denied" or "Failed" => condition.LastUpdateTime + Decided,
            _ => null,
        });
        if (request.Conditions.Count == 0) ends = [request.Metadata.CreationTimestamp + Waiting];
        else if (request.Has("Approved")) ends = ends.Append(EndOfCertificate(request.Status?.Certificate));
        return ends.Min();
    }

    private static DateTime? EndOfCertificate(string? base64)
    {
        if (string.IsNullOrEmpty(base64)) return null;
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(base64)));
            return certificate.NotAfter.ToUniversalTime();
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null;   // other signers may write what they like
        }
    }
}
