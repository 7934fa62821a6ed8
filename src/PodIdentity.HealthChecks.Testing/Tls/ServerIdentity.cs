using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PodIdentity.HealthChecks.Testing.Tls;

/// <summary>How a server proves who it is: a CA, the file that holds it, and certificates that it vouches for. Made when first needed.</summary>
/// <param name="given">The CA; <see langword="null"/>: one of its own.</param>
/// <param name="createFile">The path of the file.</param>
internal sealed class ServerIdentity(X509Certificate2? given, Func<string> createFile)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly object _lock = new();
    private readonly Dictionary<string, X509Certificate2> _certificates = new(StringComparer.OrdinalIgnoreCase);
    private X509Certificate2? _authority = given;
    private string? _file;

    public X509Certificate2 Authority
    {
        get
        {
            lock (_lock)
            {
                return _authority ??= CreateAuthority();
            }
        }
    }

    public string AuthorityFile
    {
        get
        {
            lock (_lock)
            {
                return _file ??= Write(createFile());
            }
        }
    }

    /// <summary>A certificate for all of these names, of which the first one tells it from others.</summary>
    public X509Certificate2 CertificateFor(params string[] names)
    {
        lock (_lock)
        {
            return _certificates.TryGetValue(names[0], out var known) ? known : _certificates[names[0]] = Issue(Authority, names);
        }
    }

    /// <summary>From now on another CA vouches for the server, and the file holds that one.</summary>
    public void Exchange()
    {
        lock (_lock)
        {
            _authority = CreateAuthority();
            _certificates.Clear();
            _ = _file is null ? null : Write(_file);
        }
    }

    /// <summary>Whoever reads the file meanwhile sees one CA or the other.</summary>
    private string Write(string file)
    {
        var next = file + ".next";
        File.WriteAllText(next, Authority.ExportCertificatePem());
        File.Move(next, file, overwrite: true);
        return file;
    }

    /// <remarks>TLS judges by the machine's clock, whatever the simulator's.</remarks>
    private static X509Certificate2 CreateAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=PodIdentity.HealthChecks simulator", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string[] names)
    {
        // A CA vouches for keys of its own kind only.
        using var rsa = authority.GetRSAPublicKey() is { } ofAuthority ? RSA.Create(ofAuthority.KeySize) : null;
        using var ecdsa = rsa is null ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
        var subject = $"CN={names[0]}";
        var request = rsa is null
            ? new CertificateRequest(subject, ecdsa!, HashAlgorithmName.SHA256)
            : new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        using var issued = request.Create(authority, new DateTimeOffset(authority.NotBefore), new DateTimeOffset(authority.NotAfter), RandomNumberGenerator.GetBytes(8));
        var certificate = rsa is null ? issued.CopyWithPrivateKey(ecdsa!) : issued.CopyWithPrivateKey(rsa);
        return OperatingSystem.IsWindows() ? Persisted(certificate) : certificate;
    }

    /// <summary>Windows speaks TLS with a key that is in its store only.</summary>
    private static X509Certificate2 Persisted(X509Certificate2 certificate)
    {
        using (certificate)
        {
            var pfx = certificate.Export(X509ContentType.Pfx);
#if NET9_0_OR_GREATER
            return X509CertificateLoader.LoadPkcs12(pfx, password: null);
#else
            return new X509Certificate2(pfx);
#endif
        }
    }
}
