namespace PodIdentity.HealthChecks.Probe.Asking;

/// <summary>Several questions, one after the other: after the first that fails, the others would only say what follows from it.</summary>
internal sealed class QuestionsInTurn(IReadOnlyList<IQuestion> questions) : IQuestion
{
    public async Task<IReadOnlyList<Answer>> AskAsync(CancellationToken stopping)
    {
        var answers = new List<Answer>();
        foreach (var question in questions)
        {
            answers.AddRange(await question.AskAsync(stopping).ConfigureAwait(false));
            if (answers.Exists(a => a.IsFailing))
            {
                break;
            }
        }

        return answers;
    }
}
