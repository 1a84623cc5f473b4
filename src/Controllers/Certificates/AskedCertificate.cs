using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Api;

namespace Slipway.Controllers;

/// <summary>Kinds of a certificate's further names that Kubernetes knows, by their tags in RFC 5280, 4.2.1.6.</summary>
internal enum NameKind { Email = 1, Dns = 2, Uri = 6, Address = 7 }

/// <summary>What a request says of the certificate that it asks for: subject, key and further names. What else it wishes is not heeded.</summary>
internal sealed class AskedCertificate
{
    private const string AlternativeNames = "2.5.29.17";

    private readonly X500DistinguishedName _subject;
    private readonly PublicKey _key;
    private readonly List<(NameKind Kind, ReadOnlyMemory<byte> Encoded)> _names = [];

    private AskedCertificate(X500DistinguishedName subject, PublicKey key) => (_subject, _key) = (subject, key);

    public string CommonName => DistinguishedNames.ValuesOf(_subject, DistinguishedNames.CommonName) is [.., var name] ? name : "";

    public IReadOnlyList<string> Organizations => DistinguishedNames.ValuesOf(_subject, DistinguishedNames.Organization);

    /// <summary>Whether there are further names of a kind.</summary>
    public bool Has(NameKind kind) => _names.Any(name => name.Kind == kind);

    /// <summary>Reads a request, whose signature shows that who asks has the key.</summary>
    /// <param name="base64">PEM in base64, as <c>spec.request</c> has it.</param>
    /// <returns>Null when it cannot be read.</returns>
    public static AskedCertificate? Read(string base64)
    {
        try
        {
            var pem = Encoding.ASCII.GetString(Convert.FromBase64String(base64));
            // Extensions are loaded for the names among them; none of them goes into the certificate as it came.
            var request = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions, RSASignaturePadding.Pkcs1);
            var asked = new AskedCertificate(request.SubjectName, request.PublicKey);
            foreach (var extension in request.CertificateExtensions)
                if (extension.Oid?.Value == AlternativeNames) asked.ReadNames(extension.RawData);
            // What a name is made of is read here, so that it is known to be readable.
            _ = (asked.CommonName, asked.Organizations);
            return asked;
        }
        catch (Exception e) when (e is FormatException or CryptographicException or ArgumentException or NotSupportedException or AsnContentException)
        {
            return null;
        }
    }

    /// <summary>A certificate with these subject, key and names that is to be signed.</summary>
    public CertificateRequest ToSign()
    {
        var certificate = new CertificateRequest(_subject, _key, HashAlgorithmName.SHA256);
        certificate.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        if (_names.Count == 0) return certificate;
        var names = new AsnWriter(AsnEncodingRules.DER);
        using (names.PushSequence())
            foreach (var (_, encoded) in _names) names.WriteEncodedValue(encoded.Span);
        // Who has no subject is known by these alone.
        certificate.CertificateExtensions.Add(new X509Extension(AlternativeNames, names.Encode(), critical: !_subject.EnumerateRelativeDistinguishedNames().Any()));
        return certificate;
    }

    private void ReadNames(byte[] extension)
    {
        var names = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            var kind = (NameKind)names.PeekTag().TagValue;
            var encoded = names.ReadEncodedValue();
            if (Enum.IsDefined(kind)) _names.Add((kind, encoded));
        }
    }
}
