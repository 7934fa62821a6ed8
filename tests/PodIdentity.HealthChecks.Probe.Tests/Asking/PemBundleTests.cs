using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PodIdentity.HealthChecks.Probe.Asking;

namespace PodIdentity.HealthChecks.Probe.Tests.Asking;

public sealed class PemBundleTests : IDisposable
{
    private const int MaxLength = 4 * 1024 * 1024;

    private readonly X509Certificate2 _wanted = CreateAuthority("CN=wanted");
    private readonly X509Certificate2 _other = CreateAuthority("CN=other");
    private readonly string _path = Path.GetTempFileName();

    public void Dispose()
    {
        File.Delete(_path);
        _wanted.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void A_CA_is_found_behind_hundreds_of_others_wherever_the_reading_pauses()
    {
        var others = string.Concat(Enumerable.Repeat(_other.ExportCertificatePem() + "\n", 300));

        Assert.All(Enumerable.Range(0, 100), shift => Assert.True(Finds(new string('#', shift * 10) + others + _wanted.ExportCertificatePem())));
    }

    [Fact]
    public void Comments_may_be_of_any_length()
    {
        Assert.True(Finds(new string('#', 100_000) + _wanted.ExportCertificatePem()));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void A_bundle_is_read_up_to_4_MiB(int over, bool isRead)
    {
        var authority = _wanted.ExportCertificatePem();

        Assert.Equal(isRead, Finds(new string('#', MaxLength + over - authority.Length) + authority));
        Assert.Equal(isRead, PemBundle.HasAny(_path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN CERTIFICATE-----")]
    [InlineData("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")]
    public void What_is_no_CA_is_passed_over(string text)
    {
        Assert.False(Finds(text));
        Assert.Equal(text.Contains("END", StringComparison.Ordinal), PemBundle.HasAny(_path));
        Assert.True(Finds(text + "\n-----END CERTIFICATE-----\n" + _wanted.ExportCertificatePem()));
    }

    [Fact]
    public void A_certificate_without_end_is_none()
    {
        Assert.False(Finds("-----BEGIN CERTIFICATE-----\n" + new string('A', 200_000)));
        Assert.False(Finds("-----BEGIN CERTIFICATE-----\n" + new string('A', 200_000) + "\n-----END CERTIFICATE-----\n"));
    }

    private static X509Certificate2 CreateAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddYears(-1));
    }

    private bool Finds(string text)
    {
        File.WriteAllText(_path, text);
        var found = PemBundle.FindIssuers(_path, [_wanted]);
        return found.Contains(_wanted);
    }
}
