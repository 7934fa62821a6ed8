using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using PodIdentity.HealthChecks;

namespace WebApp.Tests.Readme.Snippets;

public class Reasons
{
    [Fact]
    public async Task An_endpoint_answers_with_them()
    {
        await using var node = await Hosts.StoppedNode();
        var builder = Hosts.InMemory();
        builder.Services.AddHealthChecks().AddPodIdentity(options => (options.TokenEndpoint, options.RequiredResponder) = (node.TokenEndpoint, PodIdentityResponder.Nmi));
        await using var app = builder.Build();

        app.MapHealthChecks("/health/reasons", new HealthCheckOptions
        {
            ResponseWriter = (context, report) => context.Response.WriteAsJsonAsync(report.Entries.Select(check => new
            {
                Check = check.Key,
                Reason = check.Value.Data.GetValueOrDefault(PodIdentityDataKeys.Reason),
                check.Value.Description,
            })),
        });

        await app.StartAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith(
            """[{"check":"pod_identity","reason":"NotIntercepted","description":"The node""",
            await Hosts.AnswerOf(app, "/health/reasons"),
            StringComparison.Ordinal);
    }
}
