using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PodIdentity.HealthChecks.Probe.Tests.Support;

/// <summary>Microsoft Entra ID's token endpoint over TLS, with a CA of its own, and the pod that the webhook has pointed to it.</summary>
internal sealed class ScriptedEntra : IAsyncDisposable
{
    public const string ClientId = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
    public const string Name = "login.entra.example";
    public const string Tenant = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

    private readonly DirectoryInfo _pod = Directory.CreateTempSubdirectory();
    private readonly WebApplication _server;

    private ScriptedEntra(WebApplication server) => _server = server;

    public string TokenFile => Path.Combine(_pod.FullName, "azure-identity-token");

    /// <summary>The bundle that its CA is in.</summary>
    public string Bundle => Path.Combine(_pod.FullName, "ca.pem");

    /// <summary>What was posted last.</summary>
    public IReadOnlyDictionary<string, string> Form { get; private set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public int Requests { get; private set; }

    /// <summary>What it answers; <see langword="null"/>: a token.</summary>
    public (int Status, string Body)? Refusal { get; set; }

    public string Address => _server.Urls.First().Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    public static async Task<ScriptedEntra> StartAsync(CancellationToken cancellationToken)
    {
        using var authority = MakeAuthority();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(Issue(authority))));
        var entra = new ScriptedEntra(builder.Build());
        entra._server.MapPost($"/{Tenant}/oauth2/v2.0/token", entra.AnswerAsync);
        await File.WriteAllTextAsync(entra.Bundle, authority.ExportCertificatePem(), cancellationToken);
        entra.WriteToken(TimeProvider.System.GetUtcNow().AddHours(1));
        await entra._server.StartAsync(cancellationToken);
        return entra;
    }

    public (string, string)[] Environment(params (string, string)[] more) =>
    [
        ("AZURE_FEDERATED_TOKEN_FILE", TokenFile),
        ("AZURE_AUTHORITY_HOST", Address),
        ("AZURE_TENANT_ID", Tenant),
        ("AZURE_CLIENT_ID", ClientId),
        ("SSL_CERT_FILE", Bundle),
        ("HTTP_RETRY_MIN_SECONDS", "1ms"),
        ("POD_IDENTITY_ATTEMPT_TIMEOUT", "5m"),
        .. more,
    ];

    public void WriteToken(DateTimeOffset expiry) => File.WriteAllText(TokenFile, Jwt($$"""{"exp":{{expiry.ToUnixTimeSeconds()}}}"""));

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _pod.Delete(recursive: true);
    }

    private static string Jwt(string claims) => $"e30.{Convert.ToBase64String(Encoding.UTF8.GetBytes(claims)).TrimEnd('=')}.c2ln";

    private static X509Certificate2 MakeAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=a CA of the test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName(Name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, new DateTimeOffset(authority.NotBefore), new DateTimeOffset(authority.NotAfter), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Requests++;
        Form = (await context.Request.ReadFormAsync(context.RequestAborted)).ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.Ordinal);
        context.Response.ContentType = "application/json";
        context.Response.StatusCode = Refusal?.Status ?? 200;
        var token = Jwt($$"""{"appid":"{{Form["client_id"]}}","tid":"{{Tenant}}","exp":{{TimeProvider.System.GetUtcNow().AddHours(24).ToUnixTimeSeconds()}}}""");
        await context.Response.WriteAsync(
            Refusal?.Body ?? $$"""{"token_type":"Bearer","expires_in":86399,"ext_expires_in":86399,"access_token":"{{token}}"}""", context.RequestAborted);
    }
}
