using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Probe.Asking;

/// <summary>A file of CAs, of which a connection needs one.</summary>
internal static class PemBundle
{
    private const int MaxLength = 4 * 1024 * 1024;
    private const int MaxCertificate = 16 * 1024;

    /// <returns>The CAs that bear the name of an issuer: whether they have signed anything is not looked at.</returns>
    public static X509Certificate2Collection FindIssuers(string path, X509Certificate2Collection offered)
    {
        var found = new X509Certificate2Collection();
        var issuers = offered.Select(o => o.IssuerName.RawData).ToArray();
        var rest = SmallFile.Read(path, MaxLength).Text.AsSpan();
        var buffer = new byte[MaxCertificate];
        while (PemEncoding.TryFind(rest, out var pem))
        {
            if (Convert.TryFromBase64Chars(rest[pem.Base64Data], buffer, out var length) && Array.Exists(issuers, i => buffer.AsSpan(0, length).IndexOf(i) >= 0))
            {
                found.ImportFromPem(rest[pem.Location]);
            }

            rest = rest[pem.Location.End..];
        }

        return found;
    }
}
