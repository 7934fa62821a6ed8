using System.Text.RegularExpressions;

namespace WebApp.Tests.Readme;

/// <summary>The README's demo, pasted whole: each command as soon as the one before it is answered.</summary>
public sealed partial class DemoTests(NodeOfThisProcess node, SampleInProcess sample) : IClassFixture<SampleInProcess>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_command_answers_what_the_README_says()
    {
        await node.RepairAsync();
        var answered = new List<string>();
        foreach (Match command in Command().Matches(Documents.Read(Documents.Root)))
        {
            var method = command.Groups["post"].Success ? HttpMethod.Post : HttpMethod.Get;
            using var request = new HttpRequestMessage(method, command.Groups["path"].Value);
            using var response = await sample.Client.SendAsync(request, Cancellation);
            var said = command.Groups["says"].Value;
            var answer = $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Cancellation)}";

            // Words of a verdict are in the answer; what still works says so by its status.
            Assert.All(Verdict().Matches(said), word => Assert.Contains($"\"{word.Value}\"", answer, StringComparison.Ordinal));
            Assert.True(!said.Contains("still", StringComparison.Ordinal) || response.IsSuccessStatusCode, $"{command.Value}: {answer}");
            answered.Add($"{method} {command.Groups["path"].Value} {said.Split(' ')[0]}".TrimEnd());
        }

        Assert.Equal(
            ["GET /health/ready Healthy", "POST /simulator/nmi/stopped", "GET /health/ready Unhealthy:", "GET /health/live still", "GET /whoami still"],
            answered);
    }

    [GeneratedRegex(
        @"^curl (-i )?(?<post>-X POST )?http://localhost:5080(?<path>\S+)( +# (?<says>.*))?$",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Command();

    [GeneratedRegex("Healthy|Unhealthy|NotIntercepted", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Verdict();
}
